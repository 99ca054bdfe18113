import { startAutosave } from "./autosave";
import { startResend } from "./confirm";
import { startConditional } from "./conditional";
import { openDialogs, startDialogs } from "./dialog";
import { startHypertext, whenLoaded } from "./hypertext";
import { startLayout } from "./layout";
import { startLive, watchParts } from "./live";
import { startPasskeys } from "./passkey";
import { remember, restore } from "./place";
import { startPrint } from "./print";
import { startRepeat } from "./repeat";
import { startSession } from "./session";
import { showErrors, startSubmit } from "./submit";
import { startUploads } from "./upload";
import { startZones } from "./zones";

startHypertext();
startLayout();
startSession();
startDialogs();
startUploads();
startSubmit();
startLive();
startResend();
startPasskeys();
startPrint();

document.addEventListener("htmx:beforeSwap", (event) => {
  const part = (event as CustomEvent<{ target: Element }>).detail.target;
  if (part.matches("[data-live-refetch]")) remember(part);
});

// The root may itself be the form or the part, so what holds it is searched.
whenLoaded((element) => {
  restore(element);
  const root = element.parentElement ?? element;
  startConditional(root);
  startRepeat(root);
  startZones(root);
  startAutosave(root);
  openDialogs(root);
  showErrors(element);
  watchParts();
});
