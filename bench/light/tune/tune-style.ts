// SPDX-License-Identifier: Apache-2.0
// How the page of lightline tune looks: by day and by night, on a desk and on a phone.

export const TUNE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f4ef; --card: #ffffff; --ink: #1d1b16; --soft: #6a6459; --line: #e2ddd2;
  --light: #d97706; --glow: #d9770626; --dark: #3b3a52; --good: #15803d; --fair: #a16207; --bad: #b91c1c;
  --band: #15803d14; --band-bad: #b91c1c14; --zone: #15803d2e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14130f; --card: #1e1c17; --ink: #f2eee4; --soft: #a79f8f; --line: #35322a;
    --light: #fbbf24; --glow: #fbbf2430; --dark: #a5b4fc; --good: #4ade80; --fair: #facc15; --bad: #f87171;
    --band: #4ade8014; --band-bad: #f8717118; --zone: #4ade8033;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums;
}
main { max-width: 1080px; margin: 0 auto; padding: 28px 16px 48px; }
h1 { font-size: clamp(1.7rem, 5vw, 2.6rem); line-height: 1.15; margin: 0 0 6px; letter-spacing: -0.02em; text-wrap: balance; }
h2 { font-size: 1.02rem; margin: 34px 0 10px; }
p { margin: 0 0 6px; }
.over { color: var(--soft); font-size: 0.82rem; letter-spacing: 0.09em; text-transform: uppercase; margin: 0 0 10px; }
.under { color: var(--soft); overflow-wrap: anywhere; }
.lamp {
  display: inline-block; width: 0.5em; height: 0.5em; border-radius: 50%; margin: 0 0.5em 0.1em 0.22em; vertical-align: middle;
  background: var(--lamp); box-shadow: 0 0 0 0.2em color-mix(in srgb, var(--lamp) 24%, transparent);
}
.good { --lamp: var(--good); } .fair { --lamp: var(--fair); } .bad { --lamp: var(--bad); }
.todo { list-style: none; margin: 22px 0 0; padding: 0; display: grid; gap: 8px; }
.todo li { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--light); border-radius: 8px; padding: 11px 14px; }
.todo b { display: block; font-size: 0.78rem; color: var(--soft); font-weight: 600; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(134px, 1fr)); gap: 10px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; min-width: 0; }
.card .name { color: var(--soft); font-size: 0.82rem; }
.card .value { font-size: 1.5rem; font-weight: 650; letter-spacing: -0.01em; line-height: 1.25; }
.card .value small { font-size: 0.6em; font-weight: 500; color: var(--soft); margin-left: 0.2em; }
.card .note { color: var(--soft); font-size: 0.82rem; }
.meter { position: relative; height: 8px; border-radius: 4px; background: var(--line); margin: 9px 0 6px; overflow: hidden; }
.meter i { position: absolute; top: 0; bottom: 0; }
.meter .zone { background: var(--zone); } .meter .from { background: var(--light); border-radius: 4px; }
.chart { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 14px 8px; }
.scroll { overflow-x: auto; } .scroll > div { min-width: 620px; }
.plot { position: relative; height: 230px; }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; display: block; overflow: visible; }
.tag { position: absolute; transform: translateY(-50%); font-size: 0.76rem; line-height: 1; white-space: nowrap; }
.tag.band {
  top: 4px; transform: none; margin-left: 4px; padding: 2px 4px; border-radius: 4px; color: var(--soft);
  background: color-mix(in srgb, var(--card) 80%, transparent);
}
.axis.even span { flex: 1; }
.start {
  position: absolute; top: 0; bottom: 0; border-left: 2px solid var(--good); padding: 3px 5px; font-size: 0.76rem; line-height: 1;
  color: var(--good); white-space: nowrap;
}
.axis { display: flex; justify-content: space-between; color: var(--soft); font-size: 0.76rem; padding-top: 5px; }
.close { display: grid; grid-template-columns: minmax(0, 1fr) 92px minmax(52px, 20%); gap: 10px; }
.trace { fill: var(--light); fill-opacity: 0.55; stroke: var(--light); stroke-width: 1; stroke-linejoin: round; }
.wave { fill: none; stroke: var(--light); stroke-width: 1.8; stroke-linejoin: round; }
.level { stroke: var(--dark); stroke-width: 1; opacity: 0.75; } .boundary { stroke: var(--ink); stroke-dasharray: 4 4; opacity: 0.5; }
.rule { stroke: var(--line); stroke-width: 1; } .bar { fill: var(--light); }
.frame { fill: var(--band); } .frame.bad { fill: var(--band-bad); }
.trace, .wave, .level, .boundary, .rule { vector-effect: non-scaling-stroke; }
table { width: 100%; border-collapse: collapse; font-size: 0.92rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 0.8rem; }
th, td { padding: 7px 16px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { white-space: nowrap; } td:last-child { white-space: normal; overflow-wrap: anywhere; width: 100%; }
tr:last-child td { border-bottom: 0; }
footer { margin-top: 34px; color: var(--soft); font-size: 0.85rem; }
@media (max-width: 560px) {
  .plot { height: 190px; } main { padding-top: 18px; } .chart { padding: 12px 10px 6px; }
  .close { grid-template-columns: 100px 1fr; } .close > :first-child { grid-column: 1 / -1; }
  .close .wave { stroke-width: 1.2; } .close .axis span:nth-child(even) { display: none; }
  thead { display: none; } tr, td { display: block; } td { border: 0; padding: 1px 0; white-space: normal; }
  tr { padding: 9px 0; border-bottom: 1px solid var(--line); } tr:last-child { border: 0; } td:first-child { font-weight: 600; }
}
@media print { body { background: #fff; } .chart, .card, .todo li { break-inside: avoid; } }
`;
