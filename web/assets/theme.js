// The light and dark switch. Streamlit keeps the choice by page address and reads it at load, so it is written for
// every page and the page is loaded once more.
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
})();
