// One set of listeners serves every question on the page, also those that arrive later.
(() => {
  const root = document.documentElement;
  if (root.classList.contains("pl-js")) return void document.dispatchEvent(new Event("pl-quiz"));
  root.classList.add("pl-js"); // the style now keeps the answers back

  const MARKS = { right: ["✓", "Correct."], wrong: ["✗", "Not yet."] };

  const tell = (form, mark, word, rest) => {
    const line = document.createElement("p");
    line.className = "pl-verdict";
    const icon = document.createElement("span");
    icon.setAttribute("aria-hidden", "true");
    icon.textContent = mark;
    const strong = document.createElement("strong");
    strong.textContent = word;
    line.append(icon, " ", strong);
    form.querySelector(".pl-status").replaceChildren(line, ...rest);
  };

  const clear = (form) => {
    form.querySelector(".pl-status").replaceChildren();
    delete form.dataset.result;
    form.querySelectorAll(".pl-option").forEach((label) => delete label.dataset.result);
    form.querySelectorAll(".pl-mark").forEach((mark) => (mark.textContent = ""));
    form.querySelectorAll("input").forEach((radio) => radio.removeAttribute("aria-describedby"));
  };

  const check = (form) => {
    clear(form);
    const chosen = form.querySelector("input[type=radio]:checked");
    if (!chosen) return tell(form, "→", "Choose an answer first.", []);
    const answer = form.querySelectorAll(".pl-answers li[data-correct]")[Number(chosen.value)];
    const result = answer.dataset.correct === "true" ? "right" : "wrong";
    const because = answer.querySelector(".pl-because").cloneNode(true);
    const label = chosen.closest("label");
    form.dataset.result = label.dataset.result = result;
    form.dataset.checked = "true";
    form.querySelector(".pl-answers summary").textContent = "Answers"; // now one has committed
    label.querySelector(".pl-mark").textContent = MARKS[result][0];
    chosen.setAttribute("aria-describedby", form.querySelector(".pl-status").id);
    tell(form, ...MARKS[result], [because]);
    store(form, chosen.value);
    count(form);
  };

  // What was checked lasts as long as the tab; a question that was edited has another key.
  const key = (form) => `${form.id}:${form.dataset.version}`;
  const store = (form, value) => {
    try {
      sessionStorage.setItem(key(form), value);
    } catch {
      // storage is denied: the answer lasts as long as the page
    }
  };
  const stored = (form) => {
    try {
      return sessionStorage.getItem(key(form));
    } catch {
      return null;
    }
  };

  const count = (form) => {
    const group = form.closest(".pl-quizzes");
    const line = group?.querySelector(".pl-progress");
    if (!line) return;
    const all = group.querySelectorAll("form.pl-quiz");
    const answered = [...all].filter((each) => each.dataset.checked).length;
    line.textContent = `${answered} of ${all.length} answered`;
    line.hidden = false;
  };

  const prepare = () => {
    document.querySelectorAll("form.pl-quiz:not([data-ready])").forEach((form) => {
      form.dataset.ready = "true";
      form.querySelector(".pl-check").hidden = false;
      form.querySelector(".pl-run").hidden = true;
      count(form);
      const radio = form.querySelector(`input[value="${CSS.escape(stored(form) ?? "none")}"]`);
      if (!radio) return;
      radio.checked = true;
      check(form);
    });
  };

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.pl-quiz")) return;
    event.preventDefault();
    check(event.target);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.pl-quiz");
    if (form) clear(form); // what was said belongs to the choice before
  });
  document.addEventListener("pl-quiz", prepare); // another output brought questions
  document.addEventListener("DOMContentLoaded", prepare);
  addEventListener("pageshow", prepare); // a browser puts back what was chosen only now
  prepare();
})();
