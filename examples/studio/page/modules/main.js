import { Adjustments } from './adjustments.js';
import { Api, ApiError } from './api.js';
import { Brush } from './brush.js';
import { colorWords } from './color_words.js';
import { Compare } from './compare.js';
import { Connection } from './connection.js';
import { Cursor } from './cursor.js';
import { drawMarks } from './draw_marks.js';
import { drawRegions } from './draw_regions.js';
import { element, iconButton } from './element.js';
import { openExportDialog } from './export_dialog.js';
import { Eyedropper } from './eyedropper.js';
import { Files } from './files.js';
import { Gestures } from './gestures.js';
import { openHelpDialog } from './help_dialog.js';
import { HintList } from './hint_list.js';
import { Influence } from './influence.js';
import { listenToKeys } from './keyboard.js';
import { openPlaceMenu } from './mark_menu.js';
import { announce, showError, showMessage } from './messages.js';
import { NextPlace } from './next_place.js';
import { Outbox } from './outbox.js';
import { Painting } from './painting.js';
import { Palettes } from './palettes.js';
import { Picker } from './picker.js';
import { Popover } from './popover.js';
import { applyTheme, preference, setPreference } from './preferences.js';
import { Reference } from './reference.js';
import { RegionList } from './region_list.js';
import { RegionTools } from './region_tools.js';
import { SaveState } from './save_state.js';
import { Selection } from './selection.js';
import { openSettingsDialog } from './settings_dialog.js';
import { shortcuts } from './shortcuts.js';
import { StatusLine } from './status_line.js';
import { loadStrings, t } from './strings.js';
import { Tabs } from './tabs.js';
import { ToolRail } from './tool_rail.js';
import { View } from './view.js';
import { Welcome } from './welcome.js';
import { Workspace } from './workspace.js';
import { ZoomControls } from './zoom_controls.js';

applyTheme();
await loadStrings(preference('language'));

/** Everything that the parts of the page need of each other. */
const studio = {};
const stage = document.getElementById('stage');
const canvas = document.getElementById('picture');

studio.connection = new Connection();
studio.api = new Api(location.hash.slice(1), studio.connection);
studio.connection.probe = () => studio.api.get('state');
studio.outbox = new Outbox(studio.api, studio.connection);
studio.workspace = new Workspace(studio.api, studio.outbox);
studio.selection = new Selection();
studio.brush = new Brush();
studio.view = new View(canvas, studio.workspace, studio.api, studio.outbox);
studio.painting = new Painting(studio);
studio.regionTools = new RegionTools(studio);
studio.eyedropper = new Eyedropper(studio);
studio.influence = new Influence(studio);
studio.nextPlace = new NextPlace(studio);
studio.cursor = new Cursor(studio);
studio.files = new Files(studio);

nameThePage();
buildPanel();
buildTopBar();
buildStage();
connect();
listenToKeys(studio);
start();

function nameThePage() {
  stage.setAttribute('aria-label', t('stage.title'));
  canvas.setAttribute('aria-label', t('stage.picture'));
  document.getElementById('picture-help').textContent = t('stage.help');
  document.getElementById('panel').setAttribute('aria-label', t('panel.title'));
  document.getElementById('drop').textContent = t('open.drop');
}

function buildPanel() {
  studio.picker = new Picker(studio);
  studio.palettes = new Palettes(studio);
  studio.hintList = new HintList(studio);
  studio.regionList = new RegionList(studio);
  studio.adjustments = new Adjustments(studio);
  const parts = [studio.picker, studio.palettes, studio.hintList, studio.regionList, studio.adjustments];
  document.getElementById('panel').append(...parts.map((part) => part.element));
}

function buildTopBar() {
  const { workspace } = studio;
  studio.tabs = new Tabs(studio);
  studio.compare = new Compare(studio, stage);
  studio.saveState = new SaveState(studio);
  const undo = iconButton('undo', t('undo'), () => workspace.current.undo(), { key: 'Ctrl+Z', disabled: true });
  const redo = iconButton('redo', t('redo'), () => workspace.current.redo(), { key: 'Ctrl+Y', disabled: true });
  const save = element('button', {
    type: 'button', class: 'primary', disabled: true, title: t('export.title') + ' (Ctrl+S)',
    onclick: () => openExportDialog(studio),
  }, t('export.button'));
  for (const name of ['change', 'current']) {
    workspace.on(name, () => {
      undo.disabled = !workspace.current?.canUndo;
      redo.disabled = !workspace.current?.canRedo;
      save.disabled = !workspace.current;
    });
  }
  document.getElementById('top-bar').append(studio.tabs.element, studio.saveState.element,
    element('div', { class: 'group', role: 'group', 'aria-label': t('history.title') }, undo, redo),
    studio.compare.element,
    element('div', { class: 'group' },
      iconButton('settings', t('settings.title'), () => openSettingsDialog(studio)),
      iconButton('help', t('help.title'), () => openHelpDialog(shortcuts), { key: '?' })),
    save);
}

function buildStage() {
  const { view, workspace, selection, regionTools } = studio;
  studio.rail = new ToolRail(studio, stage);
  studio.statusLine = new StatusLine(studio, stage);
  studio.zoomControls = new ZoomControls(studio, stage);
  studio.popover = new Popover(studio, stage);
  studio.reference = new Reference(studio, stage);
  studio.welcome = new Welcome(studio, stage);
  view.layers.push((context, { camera }) => {
    const { current } = workspace;
    drawRegions(context, camera, current.regions, selection.region, regionTools);
    drawMarks(context, camera, current.marks, selection.mark, studio.hovered);
  });
  selection.on('change', () => view.draw());
}

function connect() {
  const { view, workspace, painting, regionTools, eyedropper, selection, brush, popover } = studio;
  studio.gestures = new Gestures(view, {
    press: (point, event) => {
      popover.close();
      return eyedropper.press(point, event) ?? regionTools.press(point, event) ?? painting.press(point, event);
    },
    menu: (point, event) => {
      if (!workspace.current) return;
      const mark = painting.hit(point, event);
      selection.select({ mark: mark?.id ?? null });
      openPlaceMenu(studio, mark, view.camera.toPicture(point), { x: event.clientX, y: event.clientY });
    },
    hover: (point, event) => {
      studio.statusLine.show(point && view.camera.toPicture(point));
      const mark = point && painting.hit(point, event);
      canvas.classList.toggle('over-mark', Boolean(mark));
      if (studio.hovered === mark?.id) return;
      studio.hovered = mark?.id;
      view.draw();
    },
  });
  studio.placed = (mark) => {
    brush.emit('used', brush.color);
    popover.open(mark);
    const words = mark.kind === 'color' ? colorWords(mark.color) : t(`kind.${mark.kind}`);
    announce(t('announce.placed', { color: words, x: Math.floor(mark.x), y: Math.floor(mark.y) }));
  };
  studio.clicked = (mark) => popover.open(mark);
  studio.escape = () => {
    if (studio.gestures.cancel()) return;
    if (!popover.isOpen && brush.tool !== 'brush') {
      brush.putAway();
      return;
    }
    popover.close();
    if (selection.mark) setPreference('knowsEscape', true);
    selection.clear();  // so that the colour that is chosen next is for the next hint
  };
  workspace.on('refused', (error) => {
    showError(error.status === 401 ? new Error(`${t('start.token')} ${t('start.kept')}`) : error);
  });
  workspace.on('recovered', ({ name }) => showMessage(t('start.recovered', { name })));
  workspace.on('gone', ({ name }) => showMessage(t('tabs.gone', { name })));
  addEventListener('hashchange', () => location.reload());  // another token
  workspace.on('current', () => selection.clear());
  view.on('failed', showError);
}

async function start() {
  try {
    await studio.workspace.load();
    await studio.palettes.load();
  } catch (failure) {
    const wrongToken = failure instanceof ApiError && failure.status === 401;
    showError(wrongToken ? new Error(t('start.token')) : failure);
  }
}
