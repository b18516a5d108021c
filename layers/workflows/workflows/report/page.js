"use strict";
// All that is needed is in the page without this; it zooms, shows a node beside the graph, and filters the log.
(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  document.documentElement.classList.add("js");

  const canvas = one(".canvas");
  const picture = one("svg", canvas);
  const size = { width: Number(picture.getAttribute("width")), height: Number(picture.getAttribute("height")) };
  let scale = 1;

  function zoom(to, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const next = Math.min(3, Math.max(0.01, to));
    const left = (canvas.scrollLeft + x) / scale;
    const top = (canvas.scrollTop + y) / scale;
    scale = next;
    picture.setAttribute("width", size.width * scale);
    picture.setAttribute("height", size.height * scale);
    canvas.scrollLeft = left * scale - x;
    canvas.scrollTop = top * scale - y;
    canvas.classList.toggle("far", scale < 0.3);
  }

  const zooms = {
    in: () => zoom(scale * 1.25),
    out: () => zoom(scale / 1.25),
    fit: () => zoom(Math.min(1, (canvas.clientWidth - 2) / size.width, (canvas.clientHeight - 2) / size.height)),
    whole: () => zoom(1),
  };
  for (const button of all("[data-zoom]")) button.addEventListener("click", zooms[button.dataset.zoom]);
  canvas.addEventListener("keydown", (event) => {
    const wanted = { "+": "in", "=": "in", "-": "out", "0": "whole", f: "fit" }[event.key];
    if (wanted && !event.ctrlKey && !event.metaKey && !event.altKey) zooms[wanted]();
  });
  canvas.addEventListener("wheel", (event) => {
    // So trackpads tell a pinch; without the key it scrolls.
    if (!event.ctrlKey) return;
    event.preventDefault();
    const place = canvas.getBoundingClientRect();
    zoom(scale * Math.exp(-event.deltaY / 200), event.clientX - place.left, event.clientY - place.top);
  }, { passive: false });

  let grip = null;
  let hasMoved = false;
  canvas.addEventListener("pointerdown", (event) => {
    // Fingers scroll by themselves.
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    grip = { x: event.clientX + canvas.scrollLeft, y: event.clientY + canvas.scrollTop, from: [event.clientX, event.clientY] };
    hasMoved = false;
  });
  addEventListener("pointermove", (event) => {
    if (!grip) return;
    hasMoved = hasMoved || Math.hypot(event.clientX - grip.from[0], event.clientY - grip.from[1]) > 4;
    if (!hasMoved) return;
    canvas.classList.add("dragged");
    canvas.scrollLeft = grip.x - event.clientX;
    canvas.scrollTop = grip.y - event.clientY;
  });
  addEventListener("pointerup", () => {
    grip = null;
    canvas.classList.remove("dragged");
  });
  canvas.addEventListener("dragstart", (event) => event.preventDefault());

  function show(node) {
    const place = node.getBoundingClientRect();
    const view = canvas.getBoundingClientRect();
    canvas.scrollLeft += place.left + place.width / 2 - view.left - view.width / 2;
    canvas.scrollTop += place.top + place.height / 2 - view.top - view.height / 2;
  }

  const panel = one("#panel");
  const nodes = new Map(all("a.node", picture).map((node) => [node.dataset.node, node]));
  const filters = one("#log-filters");

  function choose(id) {
    const block = all("details").find((each) => each.dataset.of === id);
    if (!block || !nodes.has(id)) return;
    for (const node of nodes.values()) node.classList.toggle("chosen", node.dataset.node === id);
    const title = document.createElement("h3");
    title.textContent = one("summary b", block).textContent;
    const content = one("div", block).cloneNode(true);
    content.removeAttribute("id");
    panel.className = `script ${block.className}`;
    panel.replaceChildren(title, one(".status", block).cloneNode(true), content);
    if (filters && [...filters.node.options].some((option) => option.value === id)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Lines of its log";
      button.addEventListener("click", () => {
        filters.node.value = id;
        filter();
        one("#log").scrollIntoView();
      });
      panel.append(button);
    }
  }

  function chosenBy(event) {
    const link = event.target.closest('a[href^="#n-"]');
    if (!link) return;
    event.preventDefault();
    if (hasMoved) return;
    const id = link.getAttribute("href").slice(3);
    choose(id);
    if (link.closest("#panel")) show(nodes.get(id));
  }
  canvas.addEventListener("click", chosenBy);
  panel.addEventListener("click", chosenBy);

  function open() {
    const block = document.getElementById(location.hash.slice(1))?.closest("details");
    if (block) block.open = true;
  }
  addEventListener("hashchange", open);
  open();

  const first = one("a.node.s-failed", picture) ?? one("a.node.s-running", picture) ?? one("a.node", picture);
  if (first) show(first);

  const lines = all(".lines li");
  function filter() {
    const level = filters.level.value;
    const node = filters.node.value;
    const text = filters.text.value.toLowerCase();
    let count = 0;
    for (const line of lines) {
      const isWanted = (!level || line.dataset.level === level) && (!node || line.dataset.node === node)
        && (!text || line.textContent.toLowerCase().includes(text));
      line.hidden = !isWanted;
      count += isWanted;
    }
    one("#line-count").textContent = `${count.toLocaleString("en")} lines`;
    one("#no-line").hidden = count > 0;
  }
  if (filters) {
    filters.addEventListener("input", filter);
    filters.addEventListener("submit", (event) => event.preventDefault());
  }

  addEventListener("beforeprint", () => {
    const blocks = all(".nodes details");
    if (blocks.length <= 200) for (const block of blocks) block.open = true;
  });
})();
