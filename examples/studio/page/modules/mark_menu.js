import { anchor, removeMark, setMark } from './marks.js';
import { insideOutline } from './hit_test.js';
import { openMenu } from './menu.js';
import { t } from './strings.js';

/** Opens the menu of a mark, or of an empty place of the picture when `mark` is null, at a point of the window. */
export function openPlaceMenu(studio, mark, place, at) {
  if (mark) openMenu(t('menu.mark'), itemsOfMark(studio, mark), at);
  else openMenu(t('menu.place'), itemsOfPlace(studio, place), at);
}

function itemsOfMark(studio, mark) {
  const picture = studio.workspace.current;
  const set = (values) => picture.do(setMark(mark, values));
  return [
    { label: t('menu.suggest'), icon: 'suggest', action: () => studio.popover.open(mark, true) },
    { label: t('menu.color'), icon: 'palette', key: 'C', action: () => studio.picker.focus() },
    null,
    { label: t('kind.neutral'), checked: mark.kind === 'neutral', key: 'N', disabled: mark.locked,
      action: () => set(kindChange(studio, mark, 'neutral')) },
    { label: t('kind.keep'), checked: mark.kind === 'keep', key: 'O', disabled: mark.locked,
      action: () => set(kindChange(studio, mark, 'keep')) },
    null,
    { label: t('hints.hide'), checked: mark.hidden, key: 'H', disabled: mark.locked,
      action: () => set({ hidden: !mark.hidden }) },
    { label: t('hints.lock'), checked: mark.locked, key: 'L', action: () => set({ locked: !mark.locked }) },
    { label: t('menu.influence'), icon: 'influence', key: 'I', action: () => studio.influence.toggle(true) },
    { label: t('menu.name'), icon: 'name', key: 'F2', action: () => studio.hintList.rename(mark.id) },
    null,
    { label: t('menu.remove'), icon: 'remove', key: 'Del', disabled: mark.locked, action: () => {
      picture.do(removeMark(mark));
      studio.selection.clear();
    } },
  ];
}

function itemsOfPlace(studio, place) {
  const { painting, regionTools, eyedropper, view, workspace, selection } = studio;
  const disabled = !painting.inside(place);
  const region = workspace.current.regions.findLast(({ outline }) => insideOutline(outline, place));
  return [
    { label: t('menu.hint'), icon: 'hint', disabled, action: () => painting.place(place) },
    { label: t('menu.neutralHint'), icon: 'neutral', disabled, action: () => painting.place(place, 'neutral') },
    { label: t('menu.keepHint'), icon: 'keep', disabled, action: () => painting.place(place, 'keep') },
    null,
    { label: t('menu.pick'), icon: 'eyedropper', disabled, action: () => eyedropper.pick(place) },
    { label: t('menu.sameObject'), icon: 'same-object', disabled, action: () => regionTools.flood(place) },
    region ? { label: t('menu.region'), icon: 'lasso', action: () => selection.select({ region: region.id }) } : null,
    ...(region ? [null] : []),
    { label: t('menu.clear'), icon: 'remove', disabled: workspace.current.marks.every(({ locked }) => locked),
      action: () => workspace.current.do({ do: 'clear' }) },
    null,
    { label: t('view.fit'), icon: 'fit', key: '0', action: () => view.fit() },
    { label: t('view.actual'), icon: 'actual', key: '1', action: () => view.zoomTo(1) },
  ];
}

/** The values that give a mark a kind, or take it away again: then it has the brush's colour. */
export function kindChange(studio, mark, kind) {
  return mark.kind === kind ? { color: studio.brush.color } : { kind };
}

/** The place of a mark in the window, for a menu that is opened by a key. */
export function windowPoint(view, mark) {
  const box = view.canvas.getBoundingClientRect();
  const { x, y } = view.camera.toScreen(anchor(mark));
  return { x: box.left + x + 12, y: box.top + y + 12 };
}
