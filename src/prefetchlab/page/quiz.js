// One listener serves every question on the page, also those that arrive later.
(() => {
  const root = document.documentElement;
  if (root.classList.contains("pl-js")) return;
  root.classList.add("pl-js"); // the style now offers the Check button and keeps the answers back

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
  };

  const check = (form) => {
    clear(form);
    const chosen = form.querySelector("input[type=radio]:checked");
    if (!chosen) return tell(form, "→", "Choose an answer first.", []);
    const answer = form.querySelectorAll(".pl-answers li")[Number(chosen.value)];
    const right = answer.dataset.correct === "true";
    const because = answer.querySelector(".pl-because").cloneNode(true);
    form.dataset.result = chosen.closest("label").dataset.result = right ? "right" : "wrong";
    form.dataset.checked = "true";
    tell(form, right ? "✓" : "✗", right ? "Correct." : "Not yet.", [because]);
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
})();
