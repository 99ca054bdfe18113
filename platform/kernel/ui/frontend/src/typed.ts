/** What a person has typed or chosen and not sent yet. */

export function touched(control: Element): boolean {
  if (control instanceof HTMLSelectElement) {
    const options = [...control.options];
    const preset = options.some((option) => option.defaultSelected);
    return options.some((option, index) =>
      preset ? option.selected !== option.defaultSelected : option.selected && index > 0,
    );
  }
  if (control instanceof HTMLTextAreaElement) return control.value !== control.defaultValue;
  if (!(control instanceof HTMLInputElement) || control.type === "hidden") return false;
  if (["checkbox", "radio"].includes(control.type)) return control.checked !== control.defaultChecked;
  return control.value !== control.defaultValue;
}

/** Whether leaving the page would take words away. A form that came back with errors counts. */
export function somethingTyped(): boolean {
  const forms = [...document.querySelectorAll<HTMLFormElement>("form[method='post']")];
  return forms.some(
    (form) =>
      form.querySelector("[data-error-summary]") !== null ||
      [...form.querySelectorAll("input, textarea, select")].some(touched),
  );
}
