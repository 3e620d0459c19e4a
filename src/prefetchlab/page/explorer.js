// A schedule to play with. Each output brings this script; the first serves them all.
(() => {
  if (globalThis.prefetchlabExplorer) return globalThis.prefetchlabExplorer.mount();

  const DRAWN = 8; // elements in the picture
  const LONG_RUN = 256; // elements; in the second half steps repeat themselves
  const SLOTS = [0, 1, 2, 3, 8];
  const PACE_MS = 900; // from one event of a run to the next

  // The recursion of theory.replay, held against it by a test.
  const replay = (load, train, slots) => {
    const [begun, made, taken, trained] = [[], [], [], []];
    for (let n = 0; n < load.length; n += 1) {
      const asked = n ? trained[n - 1] : 0;
      const free = n >= slots ? taken[n - slots] : 0;
      begun.push(slots === 0 ? asked : n ? Math.max(made[n - 1], free) : 0);
      made.push(begun[n] + load[n]);
      taken.push(Math.max(made[n], asked));
      trained.push(taken[n] + train[n]);
    }
    return { begun, made, taken, trained };
  };

  const play = ({ load, train, uneven }, slots, elements) => {
    const pattern = uneven ? [load / 2, (3 * load) / 2] : [load, load];
    const loads = Array.from({ length: elements }, (_, n) => pattern[n % 2]);
    return replay(loads, Array(elements).fill(train), slots);
  };

  const longRunStep = (times, slots) => {
    const { trained } = play(times, slots, LONG_RUN);
    return (trained[LONG_RUN - 1] - trained[LONG_RUN / 2 - 1]) / (LONG_RUN / 2);
  };

  // The words of Explorer.sentence, held against it by a test.
  const rounded = (value) => `${Math.floor(value * 100 + 0.5) / 100}`;

  const sentence = (times, slots) => {
    const [step, serial] = [longRunStep(times, slots), longRunStep(times, 0)];
    const buffer = slots ? `${slots} slot${slots > 1 ? "s" : ""}` : "no slot";
    const gain = `, ${rounded(serial)} ms without: ${rounded(serial / step)} times as fast`;
    const waits = Math.floor((1 - times.train / step) * 100 + 0.5);
    const told = `Step time ${rounded(step)} ms with ${buffer}${slots ? gain : ""}.`;
    return `${told} Training waits ${waits} % of the time.`;
  };

  const toldMoment = ({ time, element, kind }, held, slots) => {
    const listed = held.join(", ").replace(/, (\d+)$/, " and $1");
    const holds = held.length ? `The buffer holds ${listed}.` : "The buffer is empty.";
    const buffer = slots ? holds : "There is no buffer.";
    return `At ${rounded(time)} ms element ${element} is ${kind}. ${buffer}`;
  };

  // Nothing is longer: this room is kept, so that nothing moves when words change.
  const LONGEST = [
    "Step time 88.88 ms with 8 slots, 88.88 ms without: 8.88 times as fast. " +
      "Training waits 88 % of the time.",
    "At 888.8 ms element 8 is begun. The buffer holds 1, 2, 3, 4, 5, 6, 7 and 8.",
  ];

  // At one instant what is made can be taken, and what is taken lets the next one begin.
  const KINDS = ["made", "taken", "begun"];

  const eventsOf = (schedule) =>
    KINDS.flatMap((kind, order) =>
      schedule[kind].map((time, n) => ({ time, order, element: n + 1, kind })),
    ).sort((one, other) => one.time - other.time || one.order - other.order);

  const LAST = KINDS.length * DRAWN - 1;

  const heldAt = (events, place) => {
    const held = new Set();
    events.slice(0, place + 1).forEach(({ kind, element }) => {
      if (kind === "made") held.add(element);
      if (kind === "taken") held.delete(element);
    });
    return [...held];
  };

  const maker = (namespace) => (name, attributes = {}, ...children) => {
    const element = document.createElementNS(namespace, name);
    Object.entries(attributes).forEach((each) => element.setAttribute(...each));
    element.append(...children);
    return element;
  };
  const sample = document.createElement("div");
  sample.innerHTML = "<svg>";
  const [make, draw] = [sample, sample.firstChild].map((each) => maker(each.namespaceURI));

  // The picture: shares of its width, so that letters keep their size.

  const HEIGHT = 176;
  const LANES = {
    load: { from: "begun", to: "made", y: 12 },
    train: { from: "taken", to: "trained", y: 98 },
  };
  const [BAR, BOX, GAP] = [34, 28, 4];
  const BUFFER_Y = 72; // the middle of its row
  const AXIS_Y = 141;

  const label = (text, y) => draw("text", { class: "label", x: -10, y }, text);

  const bars = (schedule, lane, across) => {
    const { from, to, y } = LANES[lane];
    return schedule[from].map((start, n) => {
      const width = across(schedule[to][n] - start);
      const bar = draw("rect", { x: `${across(start)}%`, y, width: `${width}%`, height: BAR });
      const middle = `${across(start) + width / 2}%`;
      const number = draw("text", { x: middle, y: y + BAR / 2 }, width < 3 ? "" : `${n + 1}`);
      return draw("g", { class: `bar ${lane} ${width < 5 ? "narrow" : ""}` }, bar, number);
    });
  };

  const waits = ({ taken, trained }, across) =>
    taken.map((start, n) => {
      const [x1, x2] = [n ? trained[n - 1] : 0, start].map((time) => `${across(time)}%`);
      const y = LANES.train.y + BAR / 2;
      return draw("line", { class: "wait", x1, x2, y1: y, y2: y, "stroke-width": BAR - 2 });
    });

  const slotBoxes = (slots, held, share) => {
    const width = slots * (BOX + GAP) - GAP;
    const boxes = Array.from({ length: slots }, (_, place) => {
      const [x, full] = [place * (BOX + GAP), place < held.length];
      const box = draw("rect", { x, y: BUFFER_Y - BOX / 2, width: BOX, height: BOX, rx: 3 });
      const number = draw("text", { x: x + BOX / 2, y: BUFFER_Y }, full ? `${held[place]}` : "");
      return draw("g", { class: full ? "bar load" : "free" }, box, number);
    });
    const row = draw("g", { class: "slots" }, ...boxes);
    row.style.transform = `translateX(calc(${share} * (100% - ${Math.max(width, 0)}px)))`;
    return row;
  };

  // Its line leaves out the buffer, which moves along.
  const playhead = (x) => [
    draw("circle", { class: "head", cx: x, cy: 6, r: 4 }),
    draw("line", { class: "head", x1: x, x2: x, y1: 6, y2: BUFFER_Y - BOX / 2 }),
    draw("line", { class: "head", x1: x, x2: x, y1: BUFFER_Y + BOX / 2, y2: AXIS_Y }),
  ];

  const axis = (kind, x1, x2) =>
    draw("line", { class: `axis ${kind}`, x1, x2, y1: AXIS_Y, y2: AXIS_Y });

  const redraw = (svg, { times, slots, schedule, event, held }) => {
    const serialEnd = DRAWN * (times.load + times.train); // at the right edge
    const end = schedule.trained.at(-1);
    const across = (time) => (100 * time) / serialEnd;
    const without = slots ? `; with no slot ${rounded(serialEnd)} ms` : "";
    const ends = `${DRAWN} elements: ${rounded(end)} ms${without}`;
    svg.setAttribute("aria-label", sentence(times, slots));
    svg.replaceChildren(
      label("load", LANES.load.y + BAR / 2),
      label(slots ? "buffer" : "no slot", BUFFER_Y),
      label("train", LANES.train.y + BAR / 2),
      ...waits(schedule, across),
      ...bars(schedule, "load", across),
      ...bars(schedule, "train", across),
      axis("spent", 0, `${across(end)}%`),
      axis("saved", `${across(end)}%`, "100%"),
      draw("text", { class: "ends", x: "100%", y: HEIGHT - 13 }, ends),
      ...playhead(`${across(event.time)}%`),
      slotBoxes(slots, held, event.time / serialEnd),
    );
  };

  const slider = (name, value) => {
    const input = make("input", { type: "range", name, min: 1, max: 40, value });
    const shown = make("span", { "aria-hidden": "true" });
    return make("label", { class: `slider ${name}` }, make("span", {}, name), shown, input);
  };

  const slotChoice = () => {
    const choices = SLOTS.map((slots) =>
      make("label", {}, make("input", { type: "radio", name: "slots", value: slots }), `${slots}`),
    );
    return make("fieldset", {}, make("legend", {}, "slots"), ...choices);
  };

  const unevenBox = () => {
    const words = "uneven: short, then three times as long; same mean";
    const box = make("input", { type: "checkbox", name: "uneven" });
    return make("label", { class: "uneven" }, box, make("span", {}, words));
  };

  const told = (longest) => {
    const text = make("p", { role: "status" });
    const room = make("p", { class: "room", "aria-hidden": "true" }, longest);
    return { text, whole: make("div", { class: "told" }, room, text) };
  };

  const say = (text, words) => {
    if (text.textContent !== words) text.textContent = words; // what stays is not said again
  };

  const button = (word) => make("button", { type: "button", class: word.toLowerCase() }, word);

  const build = (figure) => {
    const { loadMs, trainMs, uneven } = figure.dataset;
    const svg = draw("svg", { role: "img", height: HEIGHT });
    const [law, moment] = LONGEST.map(told);
    const [back, step, run] = ["Back", "Step", "Run"].map(button);
    const sliders = [slider("load", loadMs), slider("train", trainMs)];
    const form = make(
      "form",
      { class: "prefetchlab-explorer-live", autocomplete: "off" },
      make("div", { class: "controls" }, ...sliders, slotChoice(), unevenBox()),
      svg,
      law.whole,
      moment.whole,
      make("div", { class: "buttons" }, back, step, run),
    );
    // Or JupyterLab takes the arrow keys for commands; it asks the focused element first.
    [...form.elements].forEach(({ dataset }) => (dataset.lmSuppressShortcuts = "true"));
    form.elements.uneven.checked = uneven === "true";
    form.elements.slots.value = "1";
    let place = 0;
    let timer = null;

    const show = () => {
      const [load, train] = sliders.map(({ control }) => Number(control.value));
      const times = { load, train, uneven: form.elements.uneven.checked };
      const slots = Number(form.elements.slots.value);
      const schedule = play(times, slots, DRAWN);
      const events = eventsOf(schedule);
      const [event, held] = [events[place], heldAt(events, place)];
      redraw(svg, { times, slots, schedule, event, held: slots ? held : [] });
      say(law.text, sentence(times, slots));
      say(moment.text, toldMoment(event, held, slots));
      sliders.forEach((each) => {
        each.children[1].textContent = `${each.control.value} ms`;
        each.control.setAttribute("aria-valuetext", `${each.control.value} ms`);
      });
      back.setAttribute("aria-disabled", place === 0);
      step.setAttribute("aria-disabled", place === LAST);
    };

    const pause = () => {
      clearInterval(timer);
      timer = null;
      run.textContent = "Run";
      moment.text.setAttribute("aria-live", "polite");
    };
    const go = (to) => {
      pause();
      place = Math.min(Math.max(to, 0), LAST);
      show();
    };
    const tick = () => {
      if (place === LAST || !run.checkVisibility()) return pause(); // unseen, it cannot be stopped
      place += 1;
      return show();
    };
    const start = () => {
      if (place === LAST) go(0);
      moment.text.setAttribute("aria-live", "off"); // a run would talk without end
      run.textContent = "Pause";
      timer = setInterval(tick, PACE_MS);
    };
    back.addEventListener("click", () => go(place - 1));
    step.addEventListener("click", () => go(place + 1));
    run.addEventListener("click", () => (timer === null ? start() : pause()));
    form.addEventListener("input", () => go(0));
    form.addEventListener("submit", (event) => event.preventDefault());
    show();
    return form;
  };

  const built = new WeakSet();
  const mount = () =>
    document.querySelectorAll("figure.prefetchlab-explorer[data-load-ms]").forEach((figure) => {
      if (built.has(figure)) return;
      built.add(figure);
      figure.querySelector(".prefetchlab-explorer-live")?.remove(); // of a page that was saved
      const still = figure.querySelector(".prefetchlab-explorer-still");
      still.hidden = true;
      still.after(build(figure));
    });

  globalThis.prefetchlabExplorer = { mount, replay, longRunStep, sentence };
  mount();
  document.addEventListener("DOMContentLoaded", mount); // a script in the head comes early
})();
