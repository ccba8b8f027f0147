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

// What is folded opens when an address leads into it.
(() => {
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      fold.open = true;
    }
    if (target?.matches(".claim-tick")) target.focus();
    else target?.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  document.addEventListener("DOMContentLoaded", () => window.location.hash && reveal());
})();

// The claims page: one chapter, or only what stands against a common belief.
document.addEventListener("DOMContentLoaded", () => {
  const filter = document.querySelector("form.claims-filter");
  if (!filter) return;
  const chapters = [...document.querySelectorAll(".claims-chapter")];
  const { chapter, against } = filter.elements;
  chapters.forEach((section) =>
    chapter.add(new Option(section.querySelector("h2").textContent, section.dataset.chapter)),
  );
  const narrow = () => {
    let shown = 0;
    chapters.forEach((section) => {
      const here = !chapter.value || chapter.value === section.dataset.chapter;
      section.querySelectorAll("tbody tr").forEach((row) => {
        row.hidden = !here || (against.checked && !row.classList.contains("against"));
        shown += !row.hidden;
      });
      section.querySelectorAll("details, .pst-scrollable-table-container").forEach((part) => {
        part.hidden = !part.querySelector("tbody tr:not([hidden])");
        if (against.checked && part.matches("details")) part.open = true;
      });
      section.hidden = !section.querySelector("tbody tr:not([hidden])");
    });
    filter.querySelector("output").textContent = shown;
  };
  filter.addEventListener("change", narrow);
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.hidden = false;
  narrow();
});

// Predictions: the choice opens the answer and is remembered, where the browser lets it.
document.addEventListener("DOMContentLoaded", () => {
  const memory = (use) => {
    try {
      return use(window.localStorage);
    } catch {
      return null;
    }
  };
  document.querySelectorAll("form.predict").forEach((form) => {
    const answers = [...form.querySelectorAll("details.predict-answer > ol > li")];
    const show = (number) => {
      answers.forEach((answer, i) => answer.classList.toggle("predict-chosen", i + 1 === number));
      const right = answers[number - 1].classList.contains("predict-right");
      form.querySelector("output").textContent = right ? form.dataset.right : form.dataset.wrong;
      form.querySelector("details").open = true;
    };
    form.addEventListener("change", (event) => {
      const number = Number(event.target.value);
      memory((storage) => storage.setItem(form.id, number));
      show(number);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    const number = Number(memory((storage) => storage.getItem(form.id)));
    const remembered = form.querySelector(`input[value="${number}"]`);
    if (remembered) {
      remembered.checked = true;
      show(number);
    }
  });
});

// On paper every answer can be read.
(() => {
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:is(.predict-answer, .sd-dropdown):not([open])")];
    closed.forEach((fold) => (fold.open = true));
  });
  window.addEventListener("afterprint", () => closed.forEach((fold) => (fold.open = false)));
})();
