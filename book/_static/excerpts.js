// What a result of the search shows: words of the text, and a link to the section they stand in.
(() => {
  // Questions hold their answers, cells their code and numbers: none of it is an excerpt.
  const LEFT_OUT = ".pl-quizzes, .cell_input, .cell_output, .highlight, .headerlink, math, svg, " +
    "script, style, nav, header, footer, summary, .sd-btn, .bd-header-article, .bd-sidebar-secondary, table";
  const HEADING = "h1, h2, h3, h4";
  const AROUND = 120; // characters on each side of the first hit

  const article = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll(LEFT_OUT).forEach((part) => part.remove());
    return page.querySelector("[role=main]");
  };
  const words = (part) => part.textContent.replace(/\s+/g, " ").trim();

  // The section that holds most of what was asked for, best in its heading; the first of them.
  const best = (main, terms) => {
    const held = (text) => terms.filter((term) => text.toLowerCase().includes(term)).length;
    const score = (section) => {
      const own = section.cloneNode(true);
      own.querySelectorAll("section").forEach((inner) => inner.remove());
      return 2 * held(words(own)) + held(words(section.querySelector(HEADING)));
    };
    return [...main.querySelectorAll("section[id]")].map((section) => [score(section), section])
      .reduce((most, each) => (each[0] > most[0] ? each : most), [0, null])[1];
  };

  const excerpt = (text, terms) => {
    const places = terms.map((term) => text.toLowerCase().indexOf(term)).filter((at) => at >= 0);
    const from = Math.max(Math.min(...places, text.length) - AROUND, 0);
    const start = places.length ? from && text.indexOf(" ", from) + 1 : 0;
    const cut = text.slice(start, start + 2 * AROUND);
    const whole = start + cut.length >= text.length;
    const shown = whole ? cut : cut.slice(0, cut.lastIndexOf(" "));
    return `${start ? "… " : ""}${shown}${whole ? "" : " …"}`;
  };

  Search.htmlToText = (html, anchor) => {
    const main = article(html);
    return main ? words((anchor && main.querySelector(anchor)) || main) : "";
  };

  Search.makeSearchSummary = (html, keywords, anchor) => {
    const main = article(html);
    if (!main) return null;
    // They are stems, "memori" and "slot" say: without the last i or e they stand in the text.
    const terms = [...keywords].map((term) => term.toLowerCase().replace(/[ie]$/, ""));
    const found = (anchor && main.querySelector(anchor)) || best(main, terms);
    const section = found ?? main.querySelector("section");
    const heading = section?.querySelector(HEADING);
    const copy = (section ?? main).cloneNode(true);
    copy.querySelectorAll(`section, ${HEADING}`).forEach((part) => part.remove());
    const summary = document.createElement("p");
    summary.className = "context";
    if (heading && heading.tagName !== "H1" && !anchor) {
      const link = document.createElement("a");
      const root = document.documentElement.dataset.content_root;
      link.href = `${root}${main.dataset.page}#${section.id}`;
      link.textContent = words(heading);
      summary.append(link, ": ");
    }
    summary.append(excerpt(words(copy), terms));
    return summary;
  };

  // What was found is told to those who do not see it appear.
  const perform = Search.performSearch;
  Search.performSearch = (query) => {
    perform(query);
    Search.status.setAttribute("role", "status");
  };

  // From a folder no page can be fetched: the results stand without excerpts.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
})();
