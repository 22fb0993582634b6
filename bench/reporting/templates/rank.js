const numberOf = (row, place) => {
  const text = row.cells[place].textContent;
  const number = parseFloat(text.replace("−", "-").replaceAll(",", ""));
  return place === 0 || Number.isNaN(number) ? text : number;
};
const compare = (one, other) => {
  if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
  return typeof one === "number" ? other - one : one.localeCompare(other, undefined, { numeric: true });
};
for (const head of document.querySelectorAll(".sortable thead th")) {
  const body = head.closest("table").tBodies[0];
  const sort = () => {
    const rows = [...body.rows].sort((a, b) => compare(numberOf(a, head.cellIndex), numberOf(b, head.cellIndex)));
    const words = rows.every((row) => typeof numberOf(row, head.cellIndex) !== "number");
    const [usual, turned] = words ? ["ascending", "descending"] : ["descending", "ascending"];
    const again = head.getAttribute("aria-sort") === usual;
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", again ? turned : usual);
    body.append(...(again ? rows.reverse() : rows));
  };
  head.tabIndex = 0;
  head.addEventListener("click", sort);
  head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
}
addEventListener("beforeprint", () => { for (const one of document.querySelectorAll("details")) one.open = true; });
