// What a page looks like, as the browser computed it: contrast by WCAG 2.2, and what does not fit.
() => {
  const colour = (text) => {
    const numbers = (text.match(/[\d.]+(e-?\d+)?/g) || []).map(Number);
    if (text.startsWith("color(srgb")) return [...numbers.slice(0, 3).map((c) => 255 * c), numbers[3] ?? 1];
    return [numbers[0], numbers[1], numbers[2], numbers[3] ?? 1];
  };
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3]));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const canvas = () => colour(getComputedStyle(document.body).backgroundColor);
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const fill = colour(getComputedStyle(each).backgroundColor);
      layers.push(fill);
      if (fill[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const inBox = (text) => text.ownerSVGElement && text.parentElement.matches("g.box, g.panel");
  const ground = (text) =>
    inBox(text) ? over(colour(getComputedStyle(text.parentElement.querySelector("rect")).fill), behind(text)) : behind(text);
  const shown = (element) => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return box.width > 0 && box.height > 0 && style.visibility === "visible";
  };
  const holders = [...document.body.querySelectorAll("*")].filter(
    (each) => !each.closest("style") && [...each.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && shown(each));
  const faint = [];
  for (const each of holders) {
    const style = getComputedStyle(each);
    const ink = colour(each instanceof SVGElement && !each.closest("math") ? style.fill : style.color);
    const paper = ground(each);
    const [high, low] = [luminance(over(ink, paper)), luminance(paper)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${each.tagName} ${each.textContent.trim().slice(0, 40)}`);
  }
  const wide = document.documentElement.clientWidth;
  const scrolls = (each) => each.closest(".scroll, pre, .equation, .facts");
  const outside = [...document.body.querySelectorAll("*")]
    .filter((each) => shown(each) && !scrolls(each) && each.getBoundingClientRect().right > wide + 1)
    .map((each) => `${each.tagName}.${each.getAttribute("class")} ${each.textContent.trim().slice(0, 40)}`);
  const unlabelled = [...document.querySelectorAll("svg")]
    .filter((each) => !each.getAttribute("aria-label") && each.getAttribute("aria-hidden") !== "true" && !each.closest("figure"))
    .map((each) => each.outerHTML.slice(0, 80));
  const touching = [];
  for (const chart of document.querySelectorAll("svg.chart")) {
    const words = [...chart.querySelectorAll("text")].filter((each) => shown(each) && each.textContent.trim());
    const boxes = words.map((each) => each.getBoundingClientRect());
    boxes.forEach((a, i) => boxes.slice(0, i).forEach((b, k) => {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > -1 && down > 0.3 * Math.min(a.height, b.height))
        touching.push(`${words[k].textContent} | ${words[i].textContent}`.slice(0, 80));
    }));
  }
  return {
    overflow: document.documentElement.scrollWidth - wide,
    outside, faint: faint.slice(0, 12), unlabelled, touching: touching.slice(0, 12), texts: holders.length,
    background: luminance(over(canvas(), [255, 255, 255])),
  };
}
