"""How the report looks: on light and dark screens, and on paper."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --text: #1f2328; --back: #ffffff; --soft: #f6f8fa; --line: #d1d9e0; --dim: #59636e;
  --bad: #b42318; --bad-back: #fef3f2; --good: #1a7f37; --good-back: #eefbf1; --warn: #8a5300; --warn-back: #fff6e5;
  --even: #59636e; --even-back: #eff2f5; --link: #0b5cad; }
@media screen and (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --back: #0d1117; --soft: #151b23; --line: #3d444d; --dim: #9198a1;
    --bad: #ff8f85; --bad-back: #3a1513; --good: #63d17c; --good-back: #0f2a18; --warn: #f0b429; --warn-back: #33260a;
    --even: #9198a1; --even-back: #21262d; --link: #6cb6ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 88rem; padding: 2rem 1.25rem 4rem; color: var(--text); background: var(--back);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
a { color: var(--link); }
code { font: .85em ui-monospace, monospace; background: var(--soft); border-radius: .25rem; padding: .1em .3em; }
.about { color: var(--dim); margin: 0; display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
.about dd code { white-space: normal; }
.about dt { font-weight: 600; } .about dd { margin: 0; color: var(--text); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: 1.25rem 0 0; list-style: none; }
.banner { border-left: .3rem solid var(--warn); background: var(--warn-back); padding: .6rem 1rem; margin: 1.25rem 0; }
.banner.bad { border-color: var(--bad); background: var(--bad-back); }
.banner p { margin: .2rem 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); gap: .75rem;
  padding: 0; margin: 0; list-style: none; }
.tiles li { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; background: var(--soft); }
.tiles strong { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles li.bad strong { color: var(--bad); } .tiles li.none strong { color: var(--dim); }
.tiles span { color: var(--dim); font-size: .85rem; }
.tiles small { font-size: .95rem; font-weight: 400; color: var(--dim); }
.answers { display: grid; grid-template-columns: minmax(12rem, 22rem) 1fr; gap: .5rem 1.5rem; margin: 0; }
.answers dt { font-weight: 600; } .answers dd { margin: 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(30rem, 100%), 1fr)); gap: 1rem; }
figure { overflow-x: auto; margin: 0; border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; }
figcaption { font-weight: 600; margin-bottom: .4rem; }
svg.plot { display: block; width: 100%; min-width: 26rem; height: auto; color: var(--text); }
.note { color: var(--dim); margin: .5rem 0; }
.wide { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--soft); white-space: nowrap; font-weight: 600; }
.small { color: var(--dim); font-size: .8rem; }
td .small { display: block; }
time { white-space: nowrap; } time .small { display: inline; }
td:first-child { min-width: 6rem; }
.images td:nth-child(2), .images td:nth-child(3), .images td:nth-child(4), .policies td:nth-child(3),
.policies td:nth-child(5), .commits td:nth-child(4), .spans td:nth-child(-n+4), .standing td:nth-child(1),
.standing td:nth-child(3), .standing td:nth-child(5), td:nth-child(7) { min-width: 10rem; }
.policies td:nth-child(4), .commits td:nth-child(2) { min-width: 16rem; }
.mapping td:nth-child(n+2), .gaps td:nth-child(-n+2) { min-width: 12rem; }
.boundary td { border-top: 2px solid var(--warn); background: var(--warn-back); font-weight: 600; }
:target { outline: 2px solid var(--link); outline-offset: -2px; }
section:target { outline: 0; } section:target > h2 { border-color: var(--link); }
.wide:focus-visible, a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.figures td, .figures th { text-align: right; font-variant-numeric: tabular-nums; }
.figures td:first-child, .figures th:first-child { text-align: left; }
.word { display: inline-block; white-space: nowrap; border-radius: 1rem; padding: .05rem .6rem; font-size: .8rem;
  font-weight: 600; color: var(--even); background: var(--even-back); }
.word.bad { color: var(--bad); background: var(--bad-back); }
.word.good { color: var(--good); background: var(--good-back); }
.word.warn { color: var(--warn); background: var(--warn-back); }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: .4rem .9rem; }
figure details { border: 0; padding: 0; margin: .3rem 0 0; font-size: .875rem; color: var(--dim); }
td details { border: 0; padding: 0; margin: .2rem 0 0; }
summary { cursor: pointer; } summary .small { margin-left: .5rem; }
ul { padding-left: 1.25rem; margin: .4rem 0; } td ul { margin: 0; padding-left: 1rem; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .75rem; color: var(--dim);
  font-size: .85rem; }
@media screen and (max-width: 40rem) {
  body { padding: 1rem .75rem 3rem; }
  .about, .answers { grid-template-columns: 1fr; } .about dd, .answers dd { margin: 0 0 .4rem; }
}
@page { size: A4 landscape; margin: 12mm 12mm 14mm; @bottom-right { content: counter(page) " / " counter(pages);
  font: 9px system-ui, sans-serif; color: #59636e; } }
@media print {
  :root { font-size: 11px; }
  body { padding: 0; max-width: none; }
  th, td { padding: .25rem .5rem; }
  nav, figure details { display: none; }
  h2, h3, summary, h2 + .note, .boundary { break-after: avoid; }
  figure, tr, .tiles li, .banner, .answers > * { break-inside: avoid; }
  thead { display: table-header-group; }
  .wide, figure { overflow: visible; } svg.plot { min-width: 0; } .plots { grid-template-columns: 1fr 1fr; }
  .tiles { grid-template-columns: repeat(5, 1fr); }
  details { border: 0; padding: 0; }
  details::details-content { content-visibility: visible; height: auto; display: block; }
  .word, .banner, .tiles li, th, .boundary td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
