/** The keys of the studio, in the groups in which the help lists them: [keys, key of the text, action(studio)]. */

import { openExportDialog } from './export_dialog.js';
import { openHelpDialog } from './help_dialog.js';
import { kindChange, openPlaceMenu, windowPoint } from './mark_menu.js';
import { removeMark, setMark } from './marks.js';
import { zoomStep } from './zoom_controls.js';

/** Changes the selected mark, if there is one that is not locked. */
function onMark(change) {
  return (studio) => {
    const mark = selected(studio);
    if (mark && !mark.locked) studio.workspace.current.do(setMark(mark, change(studio, mark)));
  };
}

function selected({ workspace, selection }) {
  return workspace.current?.mark(selection.mark);
}

function remove(studio) {
  const { workspace, selection } = studio;
  const mark = selected(studio);
  const region = workspace.current?.region(selection.region);
  if (mark?.locked || region?.locked) return;
  if (mark) workspace.current.do(removeMark(mark));
  else if (region) workspace.current.do({ do: 'remove_region', id: region.id });
  selection.clear();
}

function openMenu(studio) {
  const mark = selected(studio);
  if (mark) openPlaceMenu(studio, mark, null, windowPoint(studio.view, mark));
  else studio.cursor.openMenu();
}

function toggleLock(studio) {
  const mark = selected(studio);
  if (mark) studio.workspace.current.do(setMark(mark, { locked: !mark.locked }));
}

export const shortcuts = [
  ['help.coloring', [
    [['Enter'], 'key.place', (studio) => studio.cursor.place()],
    [['Delete', 'Backspace'], 'key.remove', remove],
    [['Tab', 'Shift+Tab'], 'key.nextHint', null],  // moves along the hints while the picture has the focus
    [['C'], 'menu.color', (studio) => studio.picker.focus()],
    [['N'], 'kind.neutral', onMark((studio, mark) => kindChange(studio, mark, 'neutral'))],
    [['O'], 'kind.keep', onMark((studio, mark) => kindChange(studio, mark, 'keep'))],
    [['H'], 'hints.hide', onMark((studio, mark) => ({ hidden: !mark.hidden }))],
    [['L'], 'hints.lock', toggleLock],
    [['F2'], 'menu.name', (studio) => selected(studio) && studio.hintList.rename(studio.selection.mark)],
    [['1 – 9'], 'key.suggestion', null],  // while suggestions are open; otherwise 1 is the actual size
    [['M', 'ContextMenu', 'Shift+F10'], 'key.menu', openMenu],
    [['Escape'], 'key.escape', (studio) => studio.escape()],
  ]],
  ['help.tools', [
    [['P'], 'tool.eyedropper', (studio) => studio.brush.take('eyedropper')],
    [['E'], 'tool.eraser', (studio) => studio.brush.take('eraser')],
    [['G'], 'tool.lasso', (studio) => studio.brush.take('lasso')],
    [['B'], 'tool.region-brush', (studio) => studio.brush.take('region-brush')],
    [['S'], 'tool.same-object', (studio) => studio.brush.take('same-object')],
    [['I'], 'menu.influence', (studio) => studio.influence.toggle()],
    [['W'], 'next.toggle', (studio) => studio.nextPlace.toggle()],
    [['R'], 'reference.open', (studio) => studio.reference.choose()],
  ]],
  ['help.view', [
    [['+', '='], 'view.in', ({ view }) => view.zoom(zoomStep)],
    [['-', '−'], 'view.out', ({ view }) => view.zoom(1 / zoomStep)],
    [['0'], 'view.fit', ({ view }) => view.fit()],
    [['1'], 'view.actual', ({ view }) => view.zoomTo(1)],
    [['X'], 'compare.slider', ({ compare }) => compare.toggle('slider')],
    [['V'], 'compare.side', ({ compare }) => compare.toggle('side')],
    [['Z'], 'compare.hold', ({ compare }) => compare.hold(true)],  // let go by keyup
    [['Space'], 'key.pan', null],  // with the pointer
  ]],
  ['help.document', [
    [['Ctrl+Z'], 'undo', ({ workspace }) => workspace.current?.undo()],
    [['Ctrl+Y', 'Ctrl+Shift+Z'], 'redo', ({ workspace }) => workspace.current?.redo()],
    [['Ctrl+O'], 'open.button', ({ files }) => files.choose()],
    [['Ctrl+S', 'Ctrl+E'], 'export.title', (studio) => studio.workspace.current && openExportDialog(studio)],
    [['?'], 'help.title', () => openHelpDialog(shortcuts)],
  ]],
];
