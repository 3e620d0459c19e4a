// What a page of the course does beyond showing text. Without it all text can be read.
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];

  const showButtons = () => all(".needs-script").forEach((button) => (button.hidden = false));

  // The theme's style shows a column by a hidden box; a button turns it, and focus follows.
  const columns = () => {
    for (const side of ["primary", "secondary"]) {
      const box = document.getElementById(`pst-${side}-sidebar-checkbox`);
      const column = document.querySelector(`.bd-sidebar-${side}`);
      const button = document.querySelector(`.${side}-toggle`);
      if (!column || !button) continue;
      const turn = (shown) => {
        box.checked = shown;
        if (!shown) button.focus();
        else if (overlaid(column)) enter(column, box);
      };
      button.addEventListener("click", () => turn(!box.checked));
      box.addEventListener("change", () => turn(box.checked));
      column.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && box.checked) turn(false);
      });
      column.addEventListener("click", (event) => {
        if (event.target.closest("a[href*='#']") && overlaid(column)) box.checked = false;
      });
    }
  };
  // A column that moves in is hidden for some frames, and takes no focus until then.
  const enter = (column, box) => {
    const first = column.querySelector("a, button");
    if (!first || !box.checked) return;
    first.focus();
    if (document.activeElement !== first) requestAnimationFrame(() => enter(column, box));
  };
  const overlaid = (column) => getComputedStyle(column).position === "fixed";

  const search = () => {
    const dialog = document.getElementById("course-search");
    const open = () => {
      if (dialog.open) return;
      dialog.showModal();
      dialog.querySelector("input").select();
    };
    all(".course-search-open").forEach((button) => button.addEventListener("click", open));
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // beside the field
    });
    addEventListener("keydown", (event) => {
      const modified = event.ctrlKey || event.metaKey;
      if (!modified || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      open();
    });
  };

  // Back to top is offered to those who turn round, not to those who read on.
  const backToTop = () => {
    const link = document.querySelector(".course-top");
    let last = scrollY;
    addEventListener("scroll", () => {
      document.body.classList.toggle("scrolled", scrollY > 0);
      if (Math.abs(scrollY - last) < 8) return;
      link.hidden = scrollY > last || scrollY < innerHeight;
      last = scrollY;
    }, { passive: true });
  };

  // In the contents, the section that is read.
  const contents = () => {
    const links = new Map(all(".bd-toc-nav a").map((link) => [link.hash.slice(1), link]));
    const sections = all("article section[id]").filter((section) => links.has(section.id));
    const mark = () => {
      const read = sections.filter((section) => section.getBoundingClientRect().top < innerHeight / 3);
      const current = read.at(-1)?.id;
      links.forEach((link, id) => {
        link.classList.toggle("active", id === current);
        if (id === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
    };
    if (!sections.length) return;
    addEventListener("scroll", mark, { passive: true });
    mark();
  };

  // Only what scrolls takes the focus: with the keyboard it could not be read to its end otherwise.
  const SCROLLED = "pre, .math-block, .pst-scrollable-table-container";
  const tabStops = () => {
    all(SCROLLED).forEach((part) => {
      if (part.scrollWidth > part.clientWidth + 1) part.tabIndex = 0;
      else part.removeAttribute("tabindex");
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    showButtons();
    columns();
    search();
    backToTop();
    contents();
    tabStops();
    addEventListener("resize", tabStops);
    document.addEventListener("toggle", tabStops, true); // what a <details> held back has a width now
    document.fonts.ready.then(tabStops);
  });
})();
