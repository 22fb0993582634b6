"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const count = data.architectures.length;
  const box = { left: 46, top: 34, size: 360 };
  const form = document.getElementById("choice");
  const readout = document.getElementById("readout");
  const byTrueRank = [...Array(count).keys()].sort((a, b) => data.trueRanks[a] - data.trueRanks[b] || a - b);
  const sides = ["before", "after"].map((name) => ({ name, svg: document.getElementById(`chart-${name}`) }));
  let chosen = byTrueRank[0];

  // The best is at the right and at the top.
  const x = (rank) => box.left + (box.size * (count - rank)) / Math.max(1, count - 1);
  const y = (rank) => box.top + (box.size * (rank - 1)) / Math.max(1, count - 1);

  // Mid-ranks, as tau treats ties; `better` is the rank that equal scores share in words.
  function ranksOf(scores) {
    const order = [...scores.keys()].sort((a, b) => scores[b] - scores[a]);
    const middle = new Array(count), better = new Array(count), equal = new Array(count);
    for (let start = 0, end; start < count; start = end) {
      for (end = start + 1; end < count && scores[order[end]] === scores[order[start]]; end++);
      for (const place of order.slice(start, end)) {
        middle[place] = (start + 1 + end) / 2;
        better[place] = start + 1;
        equal[place] = end - start;
      }
    }
    return { middle, better, equal };
  }

  function draw(parent, tag, attributes, text) {
    const element = document.createElementNS(parent.namespaceURI, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return parent.appendChild(element);
  }

  function drawSide(side, strategy, seed) {
    const { svg } = side;
    const { left, top, size } = box;
    const rows = data[side.name];
    side.scores = (typeof rows[strategy] === "string" ? rows[rows[strategy]] : rows[strategy])[seed];
    side.ranks = side.scores && ranksOf(side.scores);
    svg.replaceChildren();
    const tau = data.tau[strategy][side.name][seed];
    const value = tau === null ? "undefined" : tau.toFixed(3).replace("-", "−");
    draw(svg, "text", { class: "title", x: left, y: 18 }, side.scores ? `${side.name}: tau ${value}` : `${side.name}: this trial failed`);
    draw(svg, "path", { class: "axis", d: `M${left} ${top}v${size}h${size}` });
    draw(svg, "text", { x: left - 6, y: y(1) + 5, "text-anchor": "end" }, "1");
    draw(svg, "text", { x: left - 6, y: y(count) + 5, "text-anchor": "end" }, count);
    draw(svg, "text", { x: x(count), y: top + size + 18 }, count);
    draw(svg, "text", { x: x(1), y: top + size + 18, "text-anchor": "end" }, "1");
    draw(svg, "text", { x: left + size / 2, y: top + size + 34, "text-anchor": "middle" }, "true rank");
    draw(svg, "text", { transform: `translate(14 ${top + size / 2}) rotate(-90)`, "text-anchor": "middle" }, "rank by score");
    if (!side.scores) return;
    side.ranks.middle.forEach((rank, place) => draw(svg, "circle", { class: "point", r: 2.6, cx: x(data.trueRanks[place]).toFixed(1), cy: y(rank).toFixed(1) }));
    side.guide = draw(svg, "path", { class: "guide" });
    side.mark = draw(svg, "circle", { class: "chosen", r: 7 });
  }

  function choose(place) {
    chosen = place;
    const lines = [];
    for (const side of sides) {
      if (!side.scores) {
        lines.push([side.name, "this trial failed"]);
        continue;
      }
      const { middle, better, equal } = side.ranks;
      const [cx, cy] = [x(data.trueRanks[place]), y(middle[place])];
      side.mark.setAttribute("cx", cx);
      side.mark.setAttribute("cy", cy);
      side.guide.setAttribute("d", `M${cx} ${box.top}v${box.size}M${box.left} ${cy}h${box.size}`);
      const ties = equal[place] > 1 ? `, equal to ${equal[place] - 1} other${equal[place] > 2 ? "s" : ""}` : "";
      lines.push([side.name, `${data.score} ${side.scores[place].toFixed(4).replace("-", "−")}, rank ${better[place]}${ties}`]);
    }
    const name = document.createElement("code");
    name.textContent = data.architectures[place];
    const rows = [["true rank", `${data.trueRanks[place]} of ${count}`], ...lines].map(([term, text]) => {
      const row = document.createElement("p");
      row.append(Object.assign(document.createElement("b"), { textContent: `${term}: ` }), text);
      return row;
    });
    readout.replaceChildren(name, ...rows);
  }

  function nearest(side, event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(side.svg.getScreenCTM().inverse());
    let best = chosen, least = Infinity;
    for (let place = 0; place < count; place++) {
      const distance = (x(data.trueRanks[place]) - at.x) ** 2 + (y(side.ranks.middle[place]) - at.y) ** 2;
      if (distance < least) [best, least] = [place, distance];
    }
    return best;
  }

  function step(event) {
    const by = { ArrowRight: -1, ArrowUp: -1, ArrowLeft: 1, ArrowDown: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    choose(byTrueRank[Math.min(count - 1, Math.max(0, byTrueRank.indexOf(chosen) + by))]);
  }

  function redraw() {
    for (const side of sides) drawSide(side, form.strategy.value, Number(form.seed.value));
    choose(chosen);
  }

  for (const [name, label] of Object.entries(data.labels)) form.strategy.add(new Option(label, name));
  data.seeds.forEach((seed, place) => form.seed.add(new Option(seed, place)));
  form.addEventListener("change", redraw);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const side of sides) {
    const point = (event) => side.scores && choose(nearest(side, event));
    side.svg.addEventListener("pointermove", point);
    side.svg.addEventListener("pointerdown", point);
    side.svg.addEventListener("keydown", step);
  }
  redraw();
})();
