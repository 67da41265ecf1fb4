/* SPDX-License-Identifier: MIT */

/* scene-sheet OUT.png [ROWS COLUMNS ZOOM DIFFICULTY SEED [boxes|plain|classes]]: a contact sheet of drawn scenes, to look at. */
#include "engine/data/data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP 4 /* px between pictures */

typedef struct {
  KdSize size;
  uint8_t *rgb;
} Sheet;

static const uint8_t marks[KD_SCENE_CLASSES][3] = {
  { 230, 60, 50 },  { 250, 150, 30 }, { 40, 110, 240 }, { 0, 200, 200 },
  { 160, 60, 220 }, { 20, 150, 60 },  { 240, 80, 180 }, { 250, 220, 40 },
};

static void
set_pixel (Sheet *sheet, int x, int y, const uint8_t *colour)
{
  if (x >= 0 && y >= 0 && x < sheet->size.width && y < sheet->size.height)
    memcpy (sheet->rgb + 3 * ((size_t) y * (size_t) sheet->size.width + (size_t) x), colour, 3);
}

static void
mark_box (Sheet *sheet, int left, int top, int zoom, const KdDetection *object)
{
  const int x1 = left + (int) object->box.x1 * zoom - 1, x2 = left + (int) object->box.x2 * zoom;
  const int y1 = top + (int) object->box.y1 * zoom - 1, y2 = top + (int) object->box.y2 * zoom;
  for (int x = x1; x <= x2; x++) {
    set_pixel (sheet, x, y1, marks[object->label]);
    set_pixel (sheet, x, y2, marks[object->label]);
  }
  for (int y = y1; y <= y2; y++) {
    set_pixel (sheet, x1, y, marks[object->label]);
    set_pixel (sheet, x2, y, marks[object->label]);
  }
}

static void
show_scenes (Sheet *sheet, KdScenes *scenes, KdSize grid, KdSize scene, int zoom, bool boxes)
{
  g_autofree uint8_t *rgb = g_malloc ((size_t) scene.height * (size_t) scene.width * 3);
  for (int i = 0; i < grid.height * grid.width; i++) {
    KdSceneTruth truth;
    kd_scenes_draw (scenes, KD_SPLIT_HELD_OUT, (uint64_t) i, rgb, &truth);
    const int left = GAP + i % grid.width * (scene.width * zoom + GAP);
    const int top = GAP + i / grid.width * (scene.height * zoom + GAP);
    for (int y = 0; y < scene.height * zoom; y++)
      for (int x = 0; x < scene.width * zoom; x++)
        set_pixel (sheet, left + x, top + y, rgb + 3 * (y / zoom * scene.width + x / zoom));
    for (int k = 0; boxes && k < truth.n_objects; k++)
      mark_box (sheet, left, top, zoom, &truth.objects[k]);
  }
}

/* @object and a little around it, as a square of @cell px. */
static void
show_crop (
    Sheet *sheet, int left, int top, int cell, const uint8_t *rgb, KdSize scene, const KdBox *box)
{
  const double span = 1.15 * MAX (box->x2 - box->x1, box->y2 - box->y1);
  const double x1 = (box->x1 + box->x2 - span) / 2, y1 = (box->y1 + box->y2 - span) / 2;
  for (int y = 0; y < cell; y++)
    for (int x = 0; x < cell; x++) {
      const int sx = (int) floor (x1 + (x + 0.5) / cell * span);
      const int sy = (int) floor (y1 + (y + 0.5) / cell * span);
      if (sx >= 0 && sy >= 0 && sx < scene.width && sy < scene.height)
        set_pixel (sheet, left + x, top + y, rgb + 3 * (sy * scene.width + sx));
    }
}

/* A row a class, of crops as they come, the longest side growing from 12 to 100 px: what a detector has to tell apart. */
static void
show_classes (Sheet *sheet, KdScenes *scenes, int columns, KdSize scene, int cell)
{
  g_autofree uint8_t *rgb = g_malloc ((size_t) scene.height * (size_t) scene.width * 3);
  int filled[KD_SCENE_CLASSES] = { 0 };
  for (uint64_t i = 0; i < 4000; i++) {
    KdSceneTruth truth;
    kd_scenes_draw (scenes, KD_SPLIT_HELD_OUT, i, rgb, &truth);
    for (int k = 0; k < truth.n_objects; k++) {
      const KdBox *box = &truth.objects[k].box;
      const double longest = MAX (box->x2 - box->x1, box->y2 - box->y1);
      int *column = &filled[truth.objects[k].label];
      const double wanted = 12 + 88.0 * *column / columns;
      if (*column >= columns || longest < wanted * 0.9 || longest > wanted * 1.15)
        continue;
      const int left = GAP + *column * (cell + GAP);
      const int top = GAP + truth.objects[k].label * (cell + GAP);
      show_crop (sheet, left, top, cell, rgb, scene, box);
      (*column)++;
    }
  }
}

static double
argument (int argc, char **argv, int index, double fallback)
{
  return argc > index ? g_ascii_strtod (argv[index], NULL) : fallback;
}

int
main (int argc, char **argv)
{
  if (argc < 2) {
    fprintf (
        stderr,
        "usage: scene-sheet OUT.png [ROWS COLUMNS ZOOM DIFFICULTY SEED [boxes|plain|classes]]\n");
    return 2;
  }
  KdSceneConfig config = kd_scene_config_default ();
  const char *kind = argc > 7 ? argv[7] : "boxes";
  const bool classes = strcmp (kind, "classes") == 0;
  const KdSize grid = { classes ? KD_SCENE_CLASSES : (int) argument (argc, argv, 2, 4),
                        (int) argument (argc, argv, 3, 6) };
  const int zoom = (int) argument (argc, argv, 4, 2);
  config.difficulty = argument (argc, argv, 5, config.difficulty);
  KdScenes *scenes = kd_scenes_new (&config, (uint64_t) argument (argc, argv, 6, 1));

  const KdSize picture = classes ? (KdSize){ 48 * zoom, 48 * zoom }
                                 : (KdSize){ config.size.height * zoom, config.size.width * zoom };
  Sheet sheet = { .size = { GAP + grid.height * (picture.height + GAP),
                            GAP + grid.width * (picture.width + GAP) } };
  sheet.rgb = g_malloc0 ((size_t) sheet.size.height * (size_t) sheet.size.width * 3);
  if (classes)
    show_classes (&sheet, scenes, grid.width, config.size, picture.width);
  else
    show_scenes (&sheet, scenes, grid, config.size, zoom, strcmp (kind, "boxes") == 0);

  g_autoptr (GError) error = NULL;
  const bool written = kd_png_write (argv[1], sheet.rgb, 3, sheet.size, NULL, &error);
  if (!written)
    fprintf (stderr, "scene-sheet: %s\n", error->message);
  kd_scenes_free (scenes);
  g_free (sheet.rgb);
  return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
