// Shows the claims of the ledger that hold some words or have a verdict. Without it all are shown.
(() => {
  const controls = document.querySelector(".pl-ledger-filter");
  if (!controls) return;
  const words = controls.querySelector("input");
  const verdict = controls.querySelector("select");
  const status = controls.querySelector("[role=status]");

  // What a reader sees without unfolding a check.
  const said = (claim) => [...claim.querySelectorAll(":scope > :not(details)")]
    .map((part) => part.textContent).join(" ").replace(/\s+/g, " ").toLowerCase();
  const groups = [...document.querySelectorAll(".pl-claims")].map((group) => ({
    group,
    claims: [...group.querySelectorAll("li[id]")].map((claim) => ({ claim, text: said(claim) })),
  }));
  const total = groups.reduce((sum, { claims }) => sum + claims.length, 0);

  const show = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { group, claims } of groups) {
      const fits = !verdict.value || group.dataset.verdict === verdict.value;
      let left = 0;
      for (const { claim, text } of claims) {
        claim.hidden = !(fits && wanted.every((word) => text.includes(word)));
        if (!claim.hidden) left += 1;
      }
      group.hidden = !left;
      shown += left;
    }
    status.textContent = shown === total ? `${total} claims` : `${shown} of ${total} claims`;
  };

  // A link to a claim finds it, whatever is filtered.
  const uncover = () => {
    const claim = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!claim?.hidden) return;
    words.value = verdict.value = "";
    show();
    claim.scrollIntoView();
  };

  words.addEventListener("input", show);
  verdict.addEventListener("change", show);
  addEventListener("hashchange", uncover);
  addEventListener("pageshow", () => { // a browser that goes back keeps what was typed
    show();
    uncover();
  });
})();
