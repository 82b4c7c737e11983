/**
 * How a report looks: light and dark, on a phone, on paper.
 *
 * @module
 */

/** The page's style sheet. */
export const STYLE =
  `:root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--line:#d8dee4;--card:#f6f8fa;--back:#fff;--good:#1a7f37;--bad:#b42318;--a:#0969da;--b:#9a6700;--c:#8250df}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9ea7b3;--line:#30363d;--card:#161b22;--back:#0d1117;--good:#3fb950;--bad:#ff7b72;--a:#58a6ff;--b:#d29922;--c:#bc8cff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 3rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back)}
h1{font-size:1.6rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem}
p{margin:.4rem 0}.soft,caption,figcaption{color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.4rem,1fr));gap:.75rem;margin:1.25rem 0 0;padding:0}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}
.tiles dt{color:var(--soft);font-size:.85rem}.tiles dd{margin:0;font-size:1.3rem;font-variant-numeric:tabular-nums}
.good{color:var(--good)}.bad{color:var(--bad)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;padding:.25rem 0;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}.bar{width:40%;min-width:8rem}
.bar svg{display:block;width:100%;height:.9rem;margin-top:.3rem}
.share{display:flex;height:.75rem;border-radius:.4rem;overflow:hidden;background:var(--line);margin-top:1rem}
.share i{background:var(--good)}.share i+i{background:var(--bad)}
.validating{fill:var(--b);background:var(--b)}.running{fill:var(--a);background:var(--a)}.finalizing{fill:var(--c);background:var(--c)}.refused{fill:var(--bad);background:var(--bad)}
.legend i{display:inline-block;width:.75rem;height:.75rem;margin-right:.3rem}.legend span{display:inline-block;margin-right:.9rem}
.legend{font-size:.85rem;color:var(--soft)}
.curve{display:block;width:100%;height:auto}.curve path{fill:var(--a);fill-opacity:.25;stroke:var(--a)}.curve line{stroke:var(--line)}
.axis{display:flex;justify-content:space-between;font-size:.85rem;color:var(--soft);margin:0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.2rem 0;font:.85rem/1.45 ui-monospace,monospace}
article{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.5rem .8rem;margin:.6rem 0}
article h3{font-size:.85rem;margin:0;color:var(--soft);overflow-wrap:anywhere}
td bdi{overflow-wrap:break-word}td div{overflow-wrap:anywhere}
@media(max-width:40rem){.most{display:none}.bar{min-width:5rem}}
@media print{body{max-width:none;font-size:11pt}section{break-inside:avoid}.wide{overflow:visible}}`;
