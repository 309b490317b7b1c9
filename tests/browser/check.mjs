// Every page of a folder as people meet it: on a wide and a narrow screen, enlarged, and on paper.
// `node check.mjs FOLDER` prints what is wrong and, last, what was counted; status 1 when anything is.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// 640 is 1280 at 200 %.
const WIDTHS = [1280, 640, 320];
// A page whose name has this in it may take several sheets.
const LONG = ".long.";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// What axe finds, as short lines. Nobody presses on paper: there the size of a target is nothing.
async function violations(page, isPaper = false) {
    await page.evaluate(axe);
    const { violations, passes } = await page.evaluate(
        ([values, enabled]) => axe.run(document, {
            runOnly: { type: "tag", values }, rules: { "target-size": { enabled } }, resultTypes: ["violations", "passes"],
        }), [TAGS, !isPaper]);
    assert(passes.length > 0, "axe has looked at nothing");
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

// How many colours a picture has, up to three: a blank page has one.
async function colours(page, picture) {
    return page.evaluate(async (data) => {
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext("2d");
        context.drawImage(bitmap, 0, 0);
        const { data: pixels } = context.getImageData(0, 0, bitmap.width, bitmap.height);
        const seen = new Set();
        for (const pixel of new Uint32Array(pixels.buffer)) {
            seen.add(pixel);
            if (seen.size === 3) break;
        }
        return seen.size;
    }, picture.toString("base64"));
}

// Sheets of a PDF, and whether each is A4 (210 mm × 297 mm).
function sheets(pdf) {
    const text = pdf.toString("latin1");
    const boxes = [...text.matchAll(/\/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]/g)];
    const isA4 = boxes.every(([, width, height]) => Math.abs(width - 595.28) < 1.5 && Math.abs(height - 841.89) < 1.5);
    return { count: boxes.length, isA4 };
}

// Everything that is wrong with one page.
async function faults(browser, path, pictures) {
    const found = [];
    const context = await browser.newContext();
    const page = await context.newPage();
    const url = pathToFileURL(path).href;
    page.on("console", (message) => found.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => found.push(`error: ${error.message}`));
    page.on("request", (request) => request.url() === url || found.push(`request: ${request.url().slice(0, 80)}`));
    await page.goto(url);
    // What axe and the pictures bring with them is ours, not the page's.
    const canvas = await (await browser.newContext()).newPage();
    const picture = async (name) => {
        const taken = await page.screenshot({ fullPage: true, path: join(pictures, `${basename(path, ".html")}.${name}.png`) });
        if (await colours(canvas, taken) < 3) found.push(`${name}: a blank picture`);
    };
    for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        await picture(width);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        if (wide > width) found.push(`${width} px: ${wide} px wide`);
        found.push(...(await violations(page)).map((line) => `${width} px: ${line}`));
    }
    await page.setViewportSize({ width: 718, height: 1016 });
    await page.emulateMedia({ media: "print" });
    await picture("print");
    found.push(...(await violations(page, true)).map((line) => `print: ${line}`));
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    await writeFile(join(pictures, `${basename(path, ".html")}.pdf`), pdf);
    const { count, isA4 } = sheets(pdf);
    if (!isA4) found.push("print: not A4");
    if (count === 0 || (count > 1 && !path.includes(LONG))) found.push(`print: ${count} sheets`);
    await context.close();
    await canvas.context().close();
    return found;
}

// A page in which everything is wrong that is looked for: each kind must be found.
async function proves_itself(browser, pictures) {
    const path = join(pictures, "spoiled.html");
    await writeFile(path, `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Spoiled</title>
        <style>@page { size: A5 } p { color: #ccc; width: 40rem }</style></head><body><main><h1>Spoiled</h1>
        <img src="http://127.0.0.1:9/a.png"><p>Pale</p><div style="height: 400rem"></div></main></body></html>`);
    const blank = join(pictures, "blank.html");
    await writeFile(blank, `<!DOCTYPE html><html lang="en"><head><title>Blank</title></head><body></body></html>`);
    const found = [...await faults(browser, path, pictures), ...await faults(browser, blank, pictures)];
    for (const expected of ["image-alt", "color-contrast", "request: http", "console:", "320 px: 648 px wide",
        "not A4", "sheets", "blank picture", "print: image-alt"]) {
        assert(found.some((line) => line.includes(expected)), `the check no longer sees: ${expected}\n${found.join("\n")}`);
    }
}

const folder = process.argv[2];
assert(folder, "usage: node check.mjs FOLDER");
const names = (await readdir(folder)).filter((name) => name.endsWith(".html")).sort();
assert(names.length > 0, "there is no page in the folder");
const pictures = process.env.MYDATA_PICTURES ?? await mkdtemp(join(tmpdir(), "mydata-browser-"));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGS });
let wrong = 0;
try {
    await proves_itself(browser, pictures);
    for (const name of names) {
        for (const line of await faults(browser, join(folder, name), pictures)) {
            wrong += 1;
            console.log(`${name}: ${line}`);
        }
    }
} finally {
    await browser.close();
    if (!process.env.MYDATA_PICTURES) await rm(pictures, { recursive: true });
}
console.log(`browser: ${names.length} pages, ${WIDTHS.length} widths and paper, ${wrong} faults`);
process.exitCode = wrong === 0 ? 0 : 1;
