// The light and dark switch. Streamlit keeps the choice by page address and reads it at load, so it is written for
// every page and the page is loaded once more. Where nothing was chosen the browser decides; when it changes its mind,
// at dusk say, Streamlit would turn its own parts dark and leave ours: the page is loaded once more then too.
(() => {
  if (window.takhaiTheme) return;
  window.takhaiTheme = true;
  document.addEventListener('click', event => {
    const button = event.target.closest && event.target.closest('[data-theme-to]');
    if (!button) return;
    for (const path of button.dataset.paths.split(' '))
      localStorage.setItem(`stActiveTheme-${path}-v2`, JSON.stringify(button.dataset.themeTo));
    location.reload();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    const chosen = localStorage.getItem(`stActiveTheme-${location.pathname}-v2`) ?? 'System';
    if (chosen.includes('System')) location.reload();
  });
})();
