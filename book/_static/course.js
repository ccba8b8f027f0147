// What the theme leaves open. No library, no request.

// Browsers forbid fetch() on file://, and Sphinx fetches pages for the summaries of a search.
if (window.location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// A box that scrolls must be reachable with the keyboard; one that does not must not be a stop.
(() => {
  const boxes =
    "mjx-container, .pst-scrollable-table-container, div.highlight pre, div.cell_output pre";

  // An equation inside a line becomes a box only where it is wider than its column.
  const measure = (math) => {
    if (math.getAttribute("display") === "true") return;
    math.classList.remove("wide");
    const column = math.closest("p, li, dd, td, summary");
    const width = math.querySelector("svg")?.getBoundingClientRect().width ?? 0;
    math.classList.toggle("wide", column !== null && width > column.clientWidth);
  };
  const makeReachable = (box) => {
    if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX === "auto") {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  };
  const update = () => {
    document.querySelectorAll("article mjx-container").forEach(measure);
    document.querySelectorAll(boxes).forEach(makeReachable);
  };

  window.addEventListener("resize", update);
  window.addEventListener("load", () => {
    update();
    // equations are set after the page has loaded
    window.MathJax?.startup?.promise?.then(update);
    document.querySelectorAll("details").forEach((fold) => fold.addEventListener("toggle", update));
  });
})();
