// One set of listeners serves every question on the page, also those that arrive later.
(() => {
  const root = document.documentElement;
  if (root.classList.contains("pl-js")) return void document.dispatchEvent(new Event("pl-quiz"));
  root.classList.add("pl-js"); // the style now keeps the answers back

  const MARKS = { right: ["✓", "Correct."], wrong: ["✗", "Not yet."] };
  const chosenIn = (part) => part.querySelector("input[type=radio]:checked");

  const verdict = (mark, word) => {
    const line = document.createElement("p");
    line.className = "pl-verdict";
    const icon = document.createElement("span");
    icon.setAttribute("aria-hidden", "true");
    icon.textContent = mark;
    const strong = document.createElement("strong");
    strong.textContent = word;
    line.append(icon, " ", strong);
    return line;
  };

  const tell = (form, mark, word, rest) =>
    form.querySelector(".pl-status").replaceChildren(verdict(mark, word), ...rest);

  const clear = (form) => {
    form.querySelector(".pl-status").replaceChildren();
    delete form.dataset.result;
    form.querySelectorAll(".pl-option").forEach((label) => delete label.dataset.result);
    form.querySelectorAll(".pl-mark").forEach((mark) => (mark.textContent = ""));
    form.querySelectorAll("input").forEach((radio) => radio.removeAttribute("aria-describedby"));
  };

  // Marks what is chosen, tells why, and says whether it is right.
  const judge = (form, chosen, marks) => {
    const answer = form.querySelectorAll(".pl-answers li[data-correct]")[Number(chosen.value)];
    const result = answer.dataset.correct === "true" ? "right" : "wrong";
    const because = answer.querySelector(".pl-because").cloneNode(true);
    const label = chosen.closest("label");
    form.dataset.result = label.dataset.result = result;
    form.dataset.checked = "true";
    form.querySelector(".pl-answers summary").textContent = "Answers"; // now one has committed
    label.querySelector(".pl-mark").textContent = marks[result][0];
    chosen.setAttribute("aria-describedby", form.querySelector(".pl-status").id);
    tell(form, ...marks[result], [because]);
    return result === "right";
  };

  const check = (form) => {
    clear(form);
    const chosen = chosenIn(form);
    if (!chosen) return tell(form, "→", "Choose an answer first.", []);
    judge(form, chosen, MARKS);
    store(form, chosen.value);
    count(form);
  };

  // What was checked, or chosen in a test, lasts as long as the tab; a question that was edited has
  // another key.
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

  const forget = (form) => {
    try {
      sessionStorage.removeItem(key(form));
    } catch {
      // nothing was stored
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

  const restore = (form) => {
    const radio = form.querySelector(`input[value="${CSS.escape(stored(form) ?? "none")}"]`);
    if (radio) radio.checked = true;
    return radio;
  };

  // A test tells nothing before all of it is answered; then its answers stay until it starts again.
  const partsOf = (test) => [...test.querySelectorAll(".pl-part")];
  const unansweredIn = (test) => partsOf(test).filter((part) => !chosenIn(part));
  const scoreOf = (test) => test.querySelector(".pl-score");

  const linkTo = (part) => {
    const link = document.createElement("a");
    link.href = `#${part.id}`;
    link.textContent = `question ${part.dataset.number}`;
    link.addEventListener("click", (event) => {
      event.preventDefault(); // a notebook's address is no place for it
      part.scrollIntoView();
      part.querySelector("input").focus({ preventScroll: true });
    });
    return link;
  };

  const askFor = (test, open) => {
    const links = document.createElement("p");
    open.forEach((part, n) => links.append(n ? ", " : "", linkTo(part)));
    scoreOf(test).replaceChildren(verdict("→", "Answer these first:"), links);
  };

  const lock = (test, done) => {
    test.toggleAttribute("data-done", done);
    partsOf(test).forEach((part) => (part.querySelector("fieldset").disabled = done));
    test.querySelector("[type=submit]").hidden = done;
    test.querySelector(".pl-again").hidden = !done;
  };

  const showResult = (test) => {
    const marks = { ...MARKS, wrong: ["✗", "Wrong."] };
    const wrong = partsOf(test).filter((part) => !judge(part, chosenIn(part), marks));
    const many = partsOf(test).length;
    const line = verdict(wrong.length ? "→" : "✓", `${many - wrong.length} of ${many} right`);
    const words = document.createElement("p");
    words.textContent = wrong.length
      ? "Each question above now says why its answer is right or wrong."
      : "None of these questions leads back to a chapter.";
    scoreOf(test).replaceChildren(line, words);
    const ids = wrong.map((part) => part.id);
    test.querySelector(".pl-returns").hidden = !ids.length;
    test.querySelectorAll(".pl-returns li").forEach((place) => {
      place.hidden = !ids.includes(place.dataset.question);
    });
    lock(test, true);
    store(test, "done");
  };

  const finish = (test) => {
    const open = unansweredIn(test);
    if (open.length) askFor(test, open);
    else showResult(test);
    test.querySelector(".pl-result").focus();
  };

  const startAgain = (test) => {
    [test, ...partsOf(test)].forEach(forget);
    partsOf(test).forEach((part) => {
      clear(part);
      delete part.dataset.checked;
      part.querySelectorAll("details").forEach((each) => (each.open = false));
      part.querySelectorAll("input").forEach((radio) => (radio.checked = false));
    });
    scoreOf(test).replaceChildren();
    test.querySelector(".pl-returns").hidden = true;
    lock(test, false);
    countChosen(test);
    test.scrollIntoView();
    test.querySelector("input").focus({ preventScroll: true });
  };

  const countChosen = (test) => {
    const all = partsOf(test).length;
    const line = test.querySelector(".pl-progress");
    line.textContent = `${all - unansweredIn(test).length} of ${all} answered`;
    line.hidden = false;
  };

  const choose = (test, part) => {
    store(part, chosenIn(part).value);
    countChosen(test);
    if (!scoreOf(test).hasChildNodes()) return;
    const open = unansweredIn(test);
    if (open.length) askFor(test, open);
    else scoreOf(test).replaceChildren();
  };

  const prepareTest = (test) => {
    test.dataset.ready = "true";
    test.querySelector(".pl-run").hidden = true;
    if (root.hasAttribute("data-content_root")) {
      // On the site a notebook is a page.
      test.querySelectorAll(".pl-returns a").forEach((link) => {
        link.setAttribute("href", link.getAttribute("href").replace(".ipynb", ".html"));
      });
    }
    partsOf(test).forEach(restore);
    lock(test, false);
    countChosen(test);
    if (stored(test) && !unansweredIn(test).length) showResult(test);
  };

  const prepare = () => {
    document.querySelectorAll("form.pl-test:not([data-ready])").forEach(prepareTest);
    document.querySelectorAll("form.pl-quiz:not([data-ready])").forEach((form) => {
      form.dataset.ready = "true";
      form.querySelector(".pl-check").hidden = false;
      form.querySelector(".pl-run").hidden = true;
      count(form);
      if (restore(form)) check(form);
    });
  };

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.pl-quiz, form.pl-test")) return;
    event.preventDefault();
    if (event.target.matches(".pl-test")) finish(event.target);
    else check(event.target);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form.pl-quiz");
    if (form) clear(form); // what was said belongs to the choice before
    const test = event.target.closest("form.pl-test");
    if (test) choose(test, event.target.closest(".pl-part"));
  });
  document.addEventListener("click", (event) => {
    if (event.target.matches(".pl-again")) startAgain(event.target.form);
  });
  document.addEventListener("pl-quiz", prepare); // another output brought questions
  document.addEventListener("DOMContentLoaded", prepare);
  addEventListener("pageshow", prepare); // a browser puts back what was chosen only now
  prepare();
})();
