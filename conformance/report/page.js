(() => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const made = (tag, text = "", type = "") => {
    const one = document.createElement(tag);
    one.textContent = text;
    if (type) one.type = type;
    return one;
  };

  // The matrix, as it was written
  const table = document.querySelector(".matrix");
  const columns = [...table.tHead.rows[0].cells].slice(1).map((head, place) => ({
    head, place, of: head.dataset.of, name: head.dataset.name,
    dialect: head.dataset.dialect.split("|"), shown: true,
  }));
  const rows = [...table.querySelectorAll("tr[data-clause]")].map((row, place) => {
    const { clause, level, needs, cases } = row.dataset;
    return {
      row, place, clause, level, body: row.parentElement, shown: true,
      needs: needs.split(" ").filter(Boolean), cases: cases.split(" "),
      cells: [...row.cells].slice(1),
    };
  });
  const sentence = (clause) => at(`clause-${clause}`).nextElementSibling;
  const says = (clause, words) => `${clause} ${sentence(clause).textContent}`.toLowerCase().includes(words);
  const of = new Map(columns.map((one) => [one.of, []]));
  for (const one of document.querySelectorAll("main [data-of]")) of.get(one.dataset.of).push(one);
  const verdict = (cell) => cell.className.replace("-", " ");
  const broken = at("filter-verdict").options[1].value.split("|");

  // Filters
  const controls = [...at("filter").querySelectorAll("select, input")];
  const asked = (name) => at(`filter-${name}`)?.value ?? "";
  const filter = () => {
    const words = asked("verdict") ? asked("verdict").split("|") : [];
    const [clause, name] = ["clause", "name"].map((part) => asked(part).trim().toLowerCase());
    const [level, need, dialect, standing] = ["level", "need", "dialect", "standing"].map(asked);
    const wanted = (cell) => (!words.length || words.includes(verdict(cell)))
      && (!standing || cell.dataset.standing === standing);
    for (const one of columns) {
      one.shown = (!dialect || one.dialect.includes(dialect))
        && one.name.toLowerCase().includes(name);
      for (const part of of.get(one.of)) part.hidden = !one.shown;
    }
    for (const one of rows) {
      const needed = !need || (need === "-" ? !one.needs.length : one.needs.includes(need));
      one.shown = (!level || one.level === level) && needed && (!clause || says(one.clause, clause))
        && ((!words.length && !standing)
          || columns.some((column) => column.shown && wanted(one.cells[column.place])));
      one.row.hidden = !one.shown;
      for (const column of columns) one.cells[column.place].hidden = !column.shown;
    }
    for (const group of table.tBodies) {
      group.hidden = !group.querySelector("tr[data-clause]:not([hidden])");
    }
    const told = new Set(rows.filter((one) => one.shown).map((one) => one.clause));
    for (const one of document.querySelectorAll("details.finding")) {
      one.hidden = !told.has(one.dataset.clause)
        || (words.length > 0 && !words.includes(one.dataset.verdict))
        || (standing !== "" && one.dataset.standing !== standing);
    }
    count();
    settle();
  };
  const count = () => {
    const [height, width] = [rows, columns].map((list) => list.filter((one) => one.shown).length);
    at("filter-count").textContent = `${height} of ${rows.length} clauses, `
      + `${width} of ${columns.length} implementations shown`;
  };

  // Sorting
  const byName = (one, other) => (one < other ? -1 : Number(one > other));
  const faults = (cells) => cells.filter((cell) => broken.includes(verdict(cell))).length;
  const orders = {
    columns: {
      name: (one, other) => byName(one.name, other.name),
      best: (one, other) => other.place - one.place,
    },
    rows: {
      name: (one, other) => byName(one.clause, other.clause),
      broken: (one, other) => faults(other.cells) - faults(one.cells),
    },
  };
  const sorted = (list, order) => [...list].sort((one, other) => (order?.(one, other) ?? 0)
    || one.place - other.place);
  const flat = table.createTBody();
  let arranged = "";
  const sort = () => {
    if (asked("columns") !== arranged) {
      arranged = asked("columns");
      const shown = sorted(columns, orders.columns[arranged]);
      table.tHead.rows[0].append(...shown.map((one) => one.head));
      for (const one of rows) one.row.append(...shown.map((column) => one.cells[column.place]));
    }
    const order = orders.rows[asked("rows")];
    for (const one of sorted(rows, order)) (order ? flat : one.body).append(one.row);
    filter();
  };
  for (const one of controls) {
    one.addEventListener("input", one.dataset.sorts === undefined ? filter : sort);
  }
  at("filter").addEventListener("submit", (event) => event.preventDefault());
  at("filter").addEventListener("reset", () => setTimeout(sort));

  // The keyboard: the matrix is one stop, and arrows move in it
  const link = (cell) => cell.querySelector("a");
  let current = null;
  const stop = (one) => {
    if (current) current.tabIndex = -1;
    current = one;
    if (one) one.tabIndex = 0;
  };
  const lines = () => [table.tHead.rows[0], ...table.querySelectorAll("tr[data-clause]:not([hidden])")]
    .filter((line) => !line.parentElement.hidden);
  const inLine = (line) => [...line.cells].filter((cell) => !cell.hidden);
  const settle = () => {
    if (current && !current.closest("[hidden]")) return;
    const first = rows.find((one) => one.shown);
    stop(first ? link(first.row.cells[0]) : null);
  };
  for (const one of table.querySelectorAll('a:not([tabindex="-1"])')) one.tabIndex = -1;
  const moves = {
    ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
    PageUp: [-10, 0], PageDown: [10, 0], Home: [0, -Infinity], End: [0, Infinity],
  };
  table.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    const cell = event.target.closest("th, td");
    if (!move || !cell || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const clamp = (number, length) => Math.max(0, Math.min(length - 1, number));
    const all = lines();
    const line = all[clamp(all.indexOf(cell.parentElement) + move[0], all.length)];
    const cells = inLine(line);
    const place = inLine(cell.parentElement).indexOf(cell);
    const next = link(cells[clamp(place + move[1], cells.length)]);
    if (next) next.focus();
  });
  table.addEventListener("focusin", (event) => {
    if (event.target.matches("a")) stop(event.target);
  });

  // Copying
  const copying = (label, text, shown) => {
    const button = made("button", label, "button");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text());
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(shown());
        button.textContent = "Selected: copy it with the keyboard";
      }
    });
    return button;
  };
  for (const text of document.querySelectorAll(".script pre")) {
    text.before(copying("Copy the script", () => text.textContent, () => text));
  }
  for (const text of document.querySelectorAll(".again kbd")) {
    text.after(copying("Copy", () => text.textContent, () => text));
  }

  // A cell that is not broken: a card with its clause
  const card = at("card");
  let origin = null;
  const close = () => {
    if (card.hidden) return;
    card.hidden = true;
    origin?.focus({ preventScroll: true });
  };
  const reason = (of, clause) => {
    for (const one of document.querySelectorAll(`#not-judged [data-of="${of}"]`)) {
      if (one.querySelector(`a[href="#clause-${clause}"]`)) {
        return one.querySelector(".reason").textContent;
      }
    }
    return "";
  };
  const show = (cell) => {
    const one = rows.find((row) => row.row === cell.parentElement);
    const column = columns.find((each) => one.cells[each.place] === cell);
    const title = made("h2", `${column.name} · ${one.clause}: ${verdict(cell)}`);
    title.tabIndex = -1;
    const number = one.cases[column.place];
    const why = reason(column.of, one.clause);
    const stands = cell.dataset.standing === "declared" ? ` It ${cell.title}.` : "";
    const facts = why ? `${why}.` : number === "0" ? "" : `Judged on ${Number(number).toLocaleString("en")} cases.`;
    const said = made("p");
    said.append(...sentence(one.clause).cloneNode(true).childNodes);
    if (link(cell).hash !== `#${cell.id}`) {
      const finding = made("a", "What is broken");
      finding.href = link(cell).hash;
      said.append(" ", finding, ".");
    }
    const address = made("a", `#${cell.id}`);
    address.href = `#${cell.id}`;
    const foot = made("p", "Link to this cell: ");
    foot.append(address, " ", copying("Copy the link", () => address.href, () => address));
    const shut = made("button", "Close", "button");
    shut.addEventListener("click", close);
    card.replaceChildren(title, made("p", facts + stands), said, foot, shut);
    origin = link(cell);
    card.hidden = false;
    title.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  // Where a link leads is shown, whatever the filters say
  const reveal = () => {
    const target = at(location.hash.slice(1));
    if (!target) return;
    if (target.closest("[hidden]") && !target.closest("#card")) {
      at("filter").reset();
      sort();
    }
    if (target.matches("td")) {
      const region = table.parentElement;
      const [box, cell] = [region, target].map((one) => one.getBoundingClientRect());
      region.scrollBy(cell.left - box.left - box.width / 2, cell.top - box.top - box.height / 2);
      region.scrollIntoView();
      show(target);
    } else if (target.matches("details")) {
      card.hidden = true;
      target.open = true;
      target.querySelector("summary").focus({ preventScroll: true });
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const one = event.target.closest('a[href^="#"]');
    if (one && one.hash === location.hash) setTimeout(reveal);
  });
  addEventListener("beforeprint", () => {
    card.hidden = true;
    for (const one of document.querySelectorAll("details:not(.script)")) one.open = true;
  });

  at("filter").hidden = false;
  at("keys").hidden = false;
  count();
  settle();
  reveal();
  addEventListener("load", () => setTimeout(reveal));  // the browser has scrolled by then
})();
