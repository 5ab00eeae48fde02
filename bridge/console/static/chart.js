// Charts: draws the numbers that stand in the table beneath each drawing, with uPlot.
(() => {
  "use strict";
  if (!window.uPlot) return;

  const HEIGHT = 160;
  const ZONE = "Europe/Amsterdam";
  const language = document.documentElement.lang;
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: ZONE });
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const UNITS = { seconds: (value) => `${number.format(value)} s`, times: (value) => number.format(value) };
  const WHOLE = [1, 2, 5].flatMap((step) => [step, step * 10, step * 100, step * 1000, step * 10_000]).sort((a, b) => a - b);
  const said = (value, unit) => (value === null ? "–" : UNITS[unit](value));

  let drawn = [];

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(["ink", "line", "accent", "late"].map((name) => [name, style.getPropertyValue(`--${name}`)]));
  };

  // A column of the table as numbers: moments in seconds, and nothing where nothing is known.
  const column = (rows, index) =>
    rows.map((row) => {
      const cell = row.cells[index];
      const moment = cell.querySelector("time");
      if (moment) return Date.parse(moment.dateTime) / 1000;
      const text = cell.querySelector("data")?.value ?? cell.textContent.trim();
      return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
    });

  const series = (heading, place, shape, unit, colour) => ({
    label: heading,
    stroke: place === 0 ? colour.accent : colour.late,
    // Not by colour alone: the second line is dashed.
    dash: place === 0 ? undefined : [6, 4],
    width: 2,
    fill: shape === "bars" ? colour.accent : undefined,
    paths: shape === "bars" ? uPlot.paths.bars({ size: [0.7] }) : undefined,
    points: { show: shape !== "bars", size: 5 },
    value: (_, value) => said(value, unit),
  });

  const draw = (figure) => {
    const table = figure.querySelector("table");
    const place = figure.querySelector(".drawing");
    const { unit, shape } = figure.dataset;
    const headings = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    const rows = [...table.tBodies[0].rows];
    const colour = colours();
    const axis = { stroke: colour.ink, grid: { stroke: colour.line, width: 0.5 }, ticks: { stroke: colour.line } };
    const options = {
      width: place.clientWidth,
      height: HEIGHT,
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick) => clock.format(tick * 1000)) },
        { ...axis, size: 64, ...(unit === "times" && { incrs: WHOLE }), values: (_, ticks) => ticks.map((tick) => said(tick, unit)) },
      ],
      series: [
        { label: headings[0], value: (_, value) => (value === null ? "–" : clock.format(value * 1000)) },
        ...headings.slice(1).map((heading, index) => series(heading, index, shape, unit, colour)),
      ],
    };
    const data = headings.map((_, index) => column(rows, index));
    drawn.push(new uPlot(options, data, place));
  };

  const drawAll = () => {
    for (const each of drawn) each.destroy();
    drawn = [];
    for (const figure of document.querySelectorAll("figure.chart")) draw(figure);
  };

  let waiting = 0;
  const drawSoon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(drawAll);
  };

  drawAll();
  window.addEventListener("resize", drawSoon);
  document.body.addEventListener("htmx:afterSwap", drawSoon);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawSoon);
})();
