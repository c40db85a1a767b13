/**
 * The inspector's own style. It lives in a shadow root: nothing of it reaches the page, and nothing of the page's reaches
 * it. A constructed sheet, since a content security policy may forbid inline ones.
 */
const CSS = `
:host{all:initial;position:fixed;z-index:2147483000;inset:auto;color-scheme:light dark;
--bg:#fff;--soft:#f3f5f8;--line:#d6dce4;--ink:#1a2330;--dim:#566375;--accent:#175ca8;--ok:#12794a;--warn:#9a5b00;--bad:#b3261e;--shadow:0 8px 32px #10203040,0 1px 3px #10203033}
@media(prefers-color-scheme:dark){:host{--bg:#171c23;--soft:#202731;--line:#37414e;--ink:#e8edf3;--dim:#a3afbd;--accent:#82b8f5;--ok:#5fd39a;--warn:#f0b85c;--bad:#ff9389;--shadow:0 8px 32px #000a,0 0 0 1px #ffffff14}}
:host([data-at^=bottom]){bottom:16px}:host([data-at^=top]){top:16px}:host([data-at$=right]){right:16px}:host([data-at$=left]){left:16px}
*{box-sizing:border-box}
.root{font:13px/1.45 system-ui,sans-serif;color:var(--ink);-webkit-font-smoothing:antialiased}
button,input{font:inherit;color:inherit}
button{cursor:pointer;background:none;border:0;padding:0;text-align:inherit}
:focus-visible{outline:2px solid var(--accent);outline-offset:1px;border-radius:6px}
h2,h3,p,ul,dl,dd{margin:0;padding:0}ul{list-style:none}
.fab{display:flex;align-items:center;gap:8px;padding:8px 14px;border-radius:99px;background:var(--bg);border:1px solid var(--line);box-shadow:var(--shadow);font-weight:600}
.num{font-variant-numeric:tabular-nums;white-space:nowrap}
.dot{width:9px;height:9px;border-radius:50%;flex:none;background:var(--dim)}.dot[data-state=ok]{background:var(--ok)}.dot[data-state=degraded]{background:var(--warn)}.dot[data-state=failed]{background:var(--bad)}
.panel{display:flex;flex-direction:column;width:min(460px,calc(100vw - 32px));height:min(560px,calc(100vh - 32px));background:var(--bg);border:1px solid var(--line);border-radius:12px;box-shadow:var(--shadow);overflow:hidden}
.head{display:flex;align-items:center;gap:8px;padding:10px 8px 4px 14px}.head h2{font-size:14px;font-weight:650;flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.icon{width:28px;height:28px;border-radius:6px;display:grid;place-items:center;color:var(--dim)}.icon:hover{background:var(--soft);color:var(--ink)}
.tabs{display:flex;gap:2px;padding:0 8px;border-bottom:1px solid var(--line);overflow-x:auto;scrollbar-width:none;flex:none}
.tabs button{padding:7px 8px;color:var(--dim);font-weight:550;white-space:nowrap;border-bottom:2px solid transparent}
.tabs button:hover{color:var(--ink)}.tabs [aria-selected=true]{color:var(--ink);border-color:var(--accent)}.tabs :focus-visible{outline-offset:-2px}
.body{flex:1;overflow:auto;overscroll-behavior:contain;min-height:0}
.bar{position:sticky;top:0;z-index:1;display:flex;gap:8px;flex-wrap:wrap;align-items:center;padding:10px 14px;background:var(--bg);border-bottom:1px solid var(--line)}
.bar input:not([type=range]){flex:1 1 150px;min-width:0;padding:5px 9px;border:1px solid var(--dim);border-radius:6px;background:var(--bg)}
.bar input[type=range]{flex:1 1 100%;accent-color:var(--accent)}.bar label{color:var(--dim)}
.act{padding:4px 10px;border:1px solid var(--dim);border-radius:6px;font-weight:550;background:var(--bg)}.act:hover{background:var(--soft)}
.note{padding:10px 14px;color:var(--dim)}
.row{display:flex;align-items:center;gap:12px;width:100%;padding:7px 14px;border-bottom:1px solid var(--line)}
button.row:hover{background:var(--soft)}button.row:focus-visible{outline-offset:-2px}
.row>span:first-child,.row>div:first-child{flex:1;min-width:0}
.row b,.row i{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.row b{font-weight:600}.row i{font-style:normal;color:var(--dim);font-size:12px}
.row em{font-style:normal;text-align:right;flex:none}.wrap i{white-space:normal;overflow-wrap:anywhere}
h3{font-size:12px;font-weight:650;color:var(--dim);padding:14px 14px 4px}
.issue{margin:10px 14px;padding:8px 10px;border-radius:8px;background:var(--soft);border-left:3px solid var(--dim)}.issue[data-is=warning]{border-color:var(--warn)}.issue[data-is=error]{border-color:var(--bad)}
.issue strong{font-size:12px}.say{padding:10px 14px;font-size:14px}
dl{display:grid;grid-template-columns:minmax(110px,auto) 1fr;gap:3px 14px;padding:2px 14px}dt{color:var(--dim)}dd{overflow-wrap:anywhere}dd dl{padding:0;grid-template-columns:auto 1fr}
.link{color:var(--accent);text-decoration:underline;text-underline-offset:2px;overflow-wrap:anywhere}
.root [data-tone=bad]{color:var(--bad)}.root [data-tone=warn]{color:var(--warn)}.root [data-tone=ok]{color:var(--ok)}
.gone{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(max-width:480px){:host([data-open]){inset:auto 8px 8px!important}.panel{width:auto;height:min(600px,78vh)}.tabs{gap:0}.tabs button{padding:7px 6px;font-size:12px}}
`;

/** Gives the style to a shadow root. */
export function addStyle(root: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
  } catch {
    // Browsers of before 2023 have no constructed sheets.
    const style = document.createElement("style");
    style.textContent = CSS;
    root.append(style);
  }
}
