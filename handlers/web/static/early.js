// Before anything is drawn: the parts of the page that only work with a script may show themselves.
document.documentElement.classList.add("scripted");
