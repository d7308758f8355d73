"""Define colours, type and server settings of the app, in light and dark mode.

The state colours are those of `core.display`; blue and grey are lighter here, so that black letters have a contrast of
5:1 or more on all of them, in both modes.
"""

from __future__ import annotations

from typing import Any

from formcheck.core.display import DisplayState

STATE_WORDS: dict[DisplayState, str] = {
    "ok": "good",
    "warn": "nearly",
    "fix": "to work on",
    "cannot_tell": "cannot tell",
    "info": "note",
}
"""The name of a state, used where there is room for a word or a word is needed, as in a screen reader."""

SYSTEM_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif'
SYSTEM_MONO = 'ui-monospace, "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace'

LIGHT = {
    "primaryColor": "#0072B2",
    "backgroundColor": "#FBF9F5",
    "secondaryBackgroundColor": "#F2EEE7",
    "textColor": "#23211D",
    "linkColor": "#005A8C",
    "borderColor": "#CFC8BB",
}
DARK = {
    # Light letters on it have a contrast of 5.2:1, and its own against the background is 3.5:1.
    "primaryColor": "#0072B2",
    "backgroundColor": "#171614",
    "secondaryBackgroundColor": "#23211E",
    "textColor": "#EFEBE4",
    "linkColor": "#7CC4F0",
    "borderColor": "#4E4A43",
}


def collect_settings() -> dict[str, Any]:
    """Return every Streamlit setting that does not depend on how the app is started."""
    themes = {
        f"theme.{name}.{key}": value for name, part in (("light", LIGHT), ("dark", DARK)) for key, value in part.items()
    }
    return {
        "browser.gatherUsageStats": False,
        "server.showEmailPrompt": False,
        "server.enableStaticServing": False,
        "server.enableAgentApi": False,
        "server.maxUploadSize": 1,  # ours are streamed to disk (apps/web/review/uploads.py)
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        # A phone that sleeps for a while can find its page again.
        "server.disconnectedSessionTTL": 3600,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "logger.hideWelcomeMessage": True,
        "runner.magicEnabled": False,
        "theme.font": SYSTEM_FONT,
        "theme.headingFont": SYSTEM_FONT,
        "theme.codeFont": SYSTEM_MONO,
        "theme.baseFontSize": 14,
        "theme.baseRadius": "6px",
        "theme.showWidgetBorder": True,
        **themes,
    }


PAGE_CSS = """
.stMainBlockContainer { padding: 1.25rem 1.5rem 2rem; max-width: 1240px; }
[data-testid="stHeader"] { display: none; }
[data-testid="stVerticalBlock"] { gap: 0.75rem; }
h1.fc { font-size: 1.25rem; font-weight: 600; margin: 0; padding: 0; }
h2.fc { font-size: 1rem; font-weight: 600; margin: 0 0 0.35rem; padding: 0; }
.fc-soft { color: color-mix(in srgb, currentColor 78%, transparent); }
.fc-line { margin: 0; }
.fc-chip { display: inline-grid; place-items: center; width: 1.35em; height: 1.35em; border-radius: 4px; color: #000;
  font-weight: 700; font-size: 0.95em; line-height: 1; flex: none; vertical-align: -0.2em; }
.fc-ok { background: #009E73; border-radius: 50%; }
.fc-warn { background: #E69F00; }
.fc-fix { background: #D55E00; }
.fc-cannot_tell { background: #A3A3A3; }
.fc-info { background: #56B4E9; }
.fc-verdict { display: grid; gap: 0.5rem; }
.fc-headline { display: flex; gap: 0.6rem; align-items: center; flex-wrap: wrap; font-size: 1.25rem; font-weight: 600; }
.fc-headline .fc-soft { font-size: 1rem; font-weight: 400; }
.fc-why { font-size: 1.05rem; margin: 0; max-width: 75ch; }
.fc-facts, .fc-files, .fc-three ul { margin: 0 !important; padding: 0 !important; list-style: none; }
.fc-facts { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; }
.fc-facts li, .fc-files li { margin: 0 !important; padding: 0 !important; font-size: 1rem; }
.fc-facts b { font-weight: 600; font-variant-numeric: tabular-nums; }
.fc-three { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 0.5rem 1.5rem; }
.fc-three ul { display: flex; flex-wrap: wrap; gap: 0.15rem 1rem; }
.fc-three li { display: flex; gap: 0.45rem; align-items: baseline; margin: 0 !important; padding: 0 !important;
  font-size: 1rem; }
.fc-scroll { overflow-x: auto; }
table.fc { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 1rem; }
table.fc th { text-align: left; font-weight: 600; }
table.fc th .fc-soft { font-weight: 400; margin-left: 0.4rem; }
table.fc th, table.fc td { padding: 0.22rem 0.75rem 0.22rem 0; border: 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); white-space: nowrap; }
table.fc .num { text-align: right; }
.fc-files { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; }
:is(.fc-files, .fc-line) a { color: #005A8C !important; }
a.fc-button { display: grid; place-items: center; min-height: 2.5rem; padding: 0.2rem 0.6rem; border-radius: 6px;
  text-align: center; font-size: 1rem; font-weight: 600; background: #0072B2;
  color: #fff !important; text-decoration: none !important; }
a.fc-button:focus-visible { outline: 3px solid #0072B2; outline-offset: 2px; }
.stButton button:disabled p { color: #626B75; }
@media (prefers-color-scheme: dark) {
  :is(.fc-files, .fc-line) a { color: #7CC4F0 !important; }
  .stButton button:disabled p { color: #A3ACB6; }
}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { font-size: 1rem; opacity: 1;
  color: color-mix(in srgb, currentColor 82%, transparent); max-width: 80ch; }
:is(.stButton, .stPopover, .stFileUploader) button :is(p, span) { font-size: 1rem; }
[data-testid="stWidgetLabel"] p, .stSelectbox [data-baseweb="select"], .stSelectbox input { font-size: 1rem; }
[data-testid="stFileUploaderDropzone"] { min-height: 6.5rem; border-style: dashed; align-items: center; }
p.fc-lead { font-size: 1.15rem; line-height: 1.4; margin: 0.4rem 0 0.25rem; max-width: 72rem; }
.st-key-samples { display: grid !important; grid-template-columns: repeat(auto-fill, minmax(14.5rem, 1fr));
  gap: 0.75rem !important; }
.st-key-samples > * { min-width: 0; width: auto !important; height: 100%; }
[class*="st-key-sample-"] { position: relative; height: 100%; padding: 0.6rem !important; gap: 0.5rem !important;
  justify-content: space-between; }
[class*="st-key-sample-"]:hover { border-color: #0072B2; }
.fc-card { display: grid; gap: 0.25rem; }
.fc-still { aspect-ratio: 3 / 2; overflow: hidden; border-radius: 4px; background: #8A8A8A33; }
.fc-still img { width: 100%; height: 100%; object-fit: cover; object-position: bottom; display: block; }
.fc-card h3 { font-size: 1rem; font-weight: 600; line-height: 1.3; margin: 0.2rem 0 0; padding: 0; }
.fc-card p { font-size: 0.93rem; line-height: 1.35; margin: 0;
  color: color-mix(in srgb, currentColor 82%, transparent); }
[class*="st-key-try-"] button em { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
[class*="st-key-sample-"] :is(.stElementContainer, .stButton, .stButton > *, button) { position: static; }
[class*="st-key-sample-"] button::after { content: ""; position: absolute; inset: 0; }
@media (max-width: 40rem) { .st-key-samples { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
.st-key-nav { gap: 0.4rem !important; }
.st-key-nav a { border-radius: 8px; padding: 0.5rem 0.8rem; min-height: 2.6rem; align-items: center; }
.st-key-nav a p, a.fc-nav { font-size: 1.2rem; }
a.fc-nav { display: flex; color: inherit !important; text-decoration: none; }
.st-key-nav a.fc-brand { gap: 0.5rem; padding-left: 0.2rem; font-size: 1.15rem; font-weight: 700;
  letter-spacing: -0.01em; }
.fc-brand img { width: 1.9rem; height: 1.9rem; }
.st-key-nav a[aria-current="page"] { background: color-mix(in srgb, #0072B2 22%, transparent); }
.st-key-nav a[aria-current="page"] p { font-weight: 650; }
.st-key-nav a:focus-visible { outline: 3px solid #0072B2; outline-offset: 2px; }
@media (min-width: 60rem) {
  .stMainBlockContainer { padding-left: 12.5rem; }
  .st-key-nav { position: fixed; inset: 0 auto 0 0; width: 11rem !important; padding: 1.25rem 0.7rem; z-index: 5;
    box-sizing: border-box; border-right: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
}
@media (prefers-color-scheme: dark) { .fc-still img { filter: brightness(0.86); } }
@media (max-width: 59.99rem) {
  .st-key-nav { flex-direction: row !important; flex-wrap: nowrap; gap: 0 !important; }
  .st-key-nav a { padding: 0.4rem 0.35rem; }
  .st-key-nav a p, .st-key-nav a.fc-nav { font-size: 1rem; }
  .st-key-nav .fc-brand img { width: 1.6rem; height: 1.6rem; }
  .st-key-nav > :first-child { margin-right: auto; }
  .st-key-nav > * { width: auto !important; min-width: max-content !important; flex: none !important; }
}
@media (max-width: 26rem) { .st-key-nav .fc-brand span { display: none; } }
.stButtonGroup button p, .stProgress p { font-size: 1rem; }
ul.fc-sentences li { font-size: 1.1rem; line-height: 1.45; max-width: 72ch; }
table.fc-weeks { border-collapse: separate; border-spacing: 0.3rem; }
table.fc-weeks th { font-weight: 500; font-size: 1rem; border: 0; padding: 0 0.35rem 0 0; text-align: center;
  white-space: nowrap; }
table.fc-weeks td { width: 2.3rem; height: 2.3rem; border-radius: 8px; text-align: center; padding: 0;
  border: 1px solid color-mix(in srgb, currentColor 22%, transparent); }
table.fc-weeks td.done { background: #009E73; color: #000; border-color: transparent; font-weight: 700; }
dl.fc-bars { display: grid; gap: 0.3rem; margin: 0 0 0.6rem; max-width: 44rem; }
dl.fc-bars dt { font-weight: 500; font-size: 1rem; }
dl.fc-bars dd { display: grid; grid-template-columns: minmax(8rem, 1fr) auto; gap: 0.8rem; align-items: center;
  margin: 0 0 0.6rem; }
.fc-bar { position: relative; height: 1rem; border-radius: 8px;
  background: color-mix(in srgb, currentColor 14%, transparent); }
.fc-bar b { position: absolute; inset: 0 auto 0 0; border-radius: 8px; background: #009E73; }
.fc-bar i { position: absolute; top: -0.2rem; bottom: -0.2rem; width: 3px; background: currentColor; }
.fc-week-plot { width: 100%; height: auto; display: block; }
.fc-plot { width: 100%; min-width: 34rem; height: auto; display: block; }
details.fc summary { cursor: pointer; padding: 0.25rem 0; font-size: 1rem; }
:is(.fc-scroll, details.fc summary, .fc-files a, .fc-line a, [class*="st-key-try-"] button):focus-visible {
  outline: 3px solid #0072B2; outline-offset: 2px; }
"""
"""The styles that Streamlit's theme cannot set. Sizes are in rem, so that they follow a larger system font."""
