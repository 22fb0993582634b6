const valueOf = (row, column) => {
  const text = row.cells[column].textContent;
  const number = parseFloat(text.replace("−", "-").replaceAll(",", ""));
  return column === 0 || Number.isNaN(number) ? text : number;
};
const inOrder = (one, other) => {
  if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
  return typeof one === "number" ? other - one : one.localeCompare(other, undefined, { numeric: true });
};
for (const button of document.querySelectorAll("thead button")) {
  const head = button.parentElement;
  const body = head.closest("table").tBodies[0];
  button.addEventListener("click", () => {
    const rows = [...body.rows].sort((a, b) => inOrder(valueOf(a, head.cellIndex), valueOf(b, head.cellIndex)));
    const again = head.getAttribute("aria-sort") === "descending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", again ? "ascending" : "descending");
    body.append(...(again ? rows.reverse() : rows));
  });
}
addEventListener("beforeprint", () => { for (const one of document.querySelectorAll("details")) one.open = true; });
