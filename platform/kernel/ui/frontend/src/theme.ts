// Runs before the first paint: the stored choice of light or dark, and the mark that scripts run.
// The choice is the only thing that these pages keep in the browser's storage.
const root = document.documentElement;
root.dataset["script"] = "on";

// A bundle that does not arrive must not leave hidden what only it can show.
addEventListener(
  "error",
  (event) => {
    if (event.target instanceof HTMLScriptElement) delete root.dataset["script"];
  },
  true,
);

try {
  const choice = localStorage.getItem("rempart-theme");
  if (choice === "dark" || choice === "light") root.dataset["theme"] = choice;
} catch {
  // Storage may be forbidden: the system's preference holds.
}
