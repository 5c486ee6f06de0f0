// Streamlit takes one script from a component: this one. It makes ES modules of the texts of the other files, so that
// each keeps its own scope and the page asks the server for nothing.
// SOURCES comes from __init__.py: file name to text.

const urls = new Map();

/** The URL of a module. Modules that it imports get theirs first, as its text has to name them. */
function urlOf(name) {
  if (!urls.has(name)) {
    const text = SOURCES[name].replaceAll(/ from "\.\/([\w.]+)";$/gmu, (_, imported) => ` from "${urlOf(imported)}";`);
    const named = `${text}\n//# sourceURL=stickgen-player/${name}\n`;
    urls.set(name, URL.createObjectURL(new Blob([named], { type: "text/javascript" })));
  }
  return urls.get(name);
}

const { default: update } = await import(urlOf("component.js"));
export default update;
