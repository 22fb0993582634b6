"use strict";
(() => {
  // Heads of tables sort the rows of the study by the first number of each cell; a second click turns them round.
  const firstNumber = (row, column) => {
    const found = row.cells[column].textContent.replaceAll("−", "-").replaceAll(",", "").match(/-?\d+(\.\d+)?/);
    return found ? Number(found[0]) : -Infinity;
  };
  for (const button of document.querySelectorAll("thead button")) {
    button.addEventListener("click", () => {
      const head = button.parentElement, body = head.closest("table").tBodies[0];
      const ascending = head.getAttribute("aria-sort") === "descending";
      for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      const rows = [...body.rows].sort((a, b) => firstNumber(b, head.cellIndex) - firstNumber(a, head.cellIndex));
      body.append(...(ascending ? rows.reverse() : rows));
    });
  }

  // What a link leads to unfolds, and so does everything that is printed.
  const unfold = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", unfold);
  addEventListener("beforeprint", () => { for (const one of document.querySelectorAll("details")) one.open = true; });
  unfold();

  // The chart and its library lie in the page, compressed; they are unpacked when the chart is first looked at.
  const unpacked = async (name) => {
    const bytes = Uint8Array.from(atob(document.getElementById(name).textContent), (one) => one.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };
  const place = document.getElementById("architectures");
  const draw = async () => {
    const library = document.createElement("script");
    library.textContent = await unpacked("chart-library");
    document.head.append(library);
    const { spec, columns } = JSON.parse(await unpacked("chart-spec"));
    const names = Object.keys(columns);
    const at = (place) => Object.fromEntries(names.map((name) => [name, columns[name][place]]));
    spec.datasets = { ranks: columns.architecture.map((_, place) => at(place)) };
    await vegaEmbed("#chart", spec, { ast: true, actions: false, renderer: "svg" });
  };
  if (place) {
    let drawn = false;
    const once = () => { if (place.open && !drawn) { drawn = true; draw(); } };
    place.addEventListener("toggle", once);
    addEventListener("DOMContentLoaded", once);
  }
})();
