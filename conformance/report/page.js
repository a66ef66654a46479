(() => {
  "use strict";
  const at = (id) => document.getElementById(id);

  const reveal = () => {
    const target = at(location.hash.slice(1));
    if (!target || !target.matches("details")) return;
    target.hidden = false;
    target.open = true;
    target.querySelector("summary").focus({ preventScroll: true });
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    if (event.target.closest('a[href^="#"]')) setTimeout(reveal);
  });
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details")) one.open = true;
  });

  for (const text of document.querySelectorAll(".script pre")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Selected: copy it with the keyboard";
      }
    });
    text.before(button);
  }

  const level = at("filter-level");
  const verdict = at("filter-verdict");
  const filter = () => {
    const wanted = verdict.value ? verdict.value.split("|") : [];
    const shown = new Set();
    const rows = document.querySelectorAll("tr[data-clause]");
    for (const row of rows) {
      const has = row.dataset.verdicts.split("|");
      const fits = (!level.value || row.dataset.level === level.value)
        && (!wanted.length || wanted.some((word) => has.includes(word)));
      row.hidden = !fits;
      if (fits) shown.add(row.dataset.clause);
    }
    for (const group of document.querySelectorAll("tbody:has(> tr[data-clause])")) {
      group.hidden = !group.querySelector("tr[data-clause]:not([hidden])");
    }
    for (const one of document.querySelectorAll("details.finding")) {
      one.hidden = !shown.has(one.dataset.clause)
        || (wanted.length > 0 && !wanted.includes(one.dataset.verdict));
    }
    at("filter-count").textContent = `${shown.size} of ${rows.length} clauses shown`;
  };
  level.addEventListener("change", filter);
  verdict.addEventListener("change", filter);
  at("filter").hidden = false;
  filter();
  reveal();
})();
