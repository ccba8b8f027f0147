// What the theme leaves open. No library, no request.

// Browsers forbid fetch() on file://, and Sphinx fetches pages for the summaries of a search.
if (window.location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// Sphinx links a hit to a section only when the query is half of its title. Here it is enough that
// the title has all words of the query; such sections come first.
const sectionsWith = (query) => {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const { alltitles, docnames, filenames, titles } = Search._index;
  return Object.entries(alltitles)
    .filter(([title]) => words.length && words.every((word) => title.toLowerCase().includes(word)))
    .flatMap(([title, places]) =>
      places
        .filter(([, anchor]) => anchor !== null)
        .map(([page, anchor]) => [
          docnames[page], `${titles[page]} > ${title}`, `#${anchor}`, null, 0, filenames[page],
        ]),
    );
};
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const search = Search._performSearch;
  Search._performSearch = (query, ...terms) => {
    const sections = sectionsWith(query);
    const known = new Set(sections.map(([page, , anchor]) => page + anchor));
    const others = search(query, ...terms).filter(([page, , anchor]) => !known.has(page + anchor));
    return [...others, ...sections]; // the last one is shown first
  };
});

// Paper is light: a page that is read in the dark prints as it is read by day.
(() => {
  const page = document.documentElement;
  let theme;
  window.addEventListener("beforeprint", () => {
    theme = page.dataset.theme;
    page.dataset.theme = "light";
  });
  window.addEventListener("afterprint", () => {
    page.dataset.theme = theme;
  });
})();

// What a button says and what a screen reader calls it must be the same words.
document.addEventListener("DOMContentLoaded", () => {
  const named = "details > summary[aria-label], .search-button-field, .theme-switch-button";
  document.querySelectorAll(named).forEach((button) => {
    const said = button.textContent.trim();
    if (!said) return;
    if (button.matches("summary")) button.removeAttribute("aria-label");
    else button.ariaLabel = `${said.replace(/\s+/g, " ")}: ${button.ariaLabel}`;
  });
});

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
