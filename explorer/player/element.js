// Elements of the page, made from plain text.

/** Make an element with a class. Text is never read as markup. */
export function make(tag, name, text = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}
