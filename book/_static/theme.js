// Light, dark, or what the system prefers. It runs before the page is painted.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const print = matchMedia("print");
  const NAMES = { auto: "as the system", light: "light", dark: "dark" };
  let printing = false;

  const stored = () => {
    try {
      return localStorage.getItem("mode");
    } catch {
      return null; // storage is denied: the choice lasts as long as the page
    }
  };
  const store = (mode) => {
    try {
      localStorage.setItem("mode", mode);
    } catch {
      // as above
    }
  };

  // Ink on paper: what is dark on the screen is printed light.
  const apply = () => {
    const wanted = root.dataset.mode === "auto" ? (dark.matches ? "dark" : "light") : root.dataset.mode;
    root.dataset.theme = printing || print.matches ? "light" : wanted;
  };
  const tell = () => {
    const name = `Colours: ${NAMES[root.dataset.mode]}`;
    document.querySelectorAll(".theme-switch-button").forEach((button) => {
      button.title = name;
      button.setAttribute("aria-label", name);
    });
  };
  const setPrinting = (value) => {
    printing = value;
    apply();
  };

  root.classList.add("has-script");
  root.dataset.mode = stored() in NAMES ? stored() : "auto";
  apply();
  dark.addEventListener("change", apply);
  print.addEventListener("change", apply);
  addEventListener("beforeprint", () => setPrinting(true));
  addEventListener("afterprint", () => setPrinting(false));

  document.addEventListener("DOMContentLoaded", tell);
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".theme-switch-button")) return;
    // The first click always changes what is seen.
    const round = dark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    root.dataset.mode = round[(round.indexOf(root.dataset.mode) + 1) % round.length];
    store(root.dataset.mode);
    apply();
    tell();
  });
})();
