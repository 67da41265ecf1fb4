/* SPDX-License-Identifier: MIT */
#include "engine/data/data.h"
#include "engine/data/scene-paint.h"

#include <math.h>
#include <string.h>

/*
 * A scene is painted from the largest object to the smallest. Each object is first drawn alone on a transparent tile;
 * the tile's alpha is its exact mask, which finds a place where nothing is hidden too much, and then an owner per pixel.
 * Boxes are the extents of what each object still owns at the end.
 */

#define SMALLEST_PX 12.0 /* longest side, in a picture of 128 px */
#define LARGEST_PX 100.0
#define MASK_ALPHA 96     /* a pixel belongs to what covers it at least this much of 255 */
#define LEAST_VISIBLE 0.5 /* of an object's pixels, whatever is painted after it */
#define PLACES 12         /* tried before an object is made smaller */
#define SHRINKS 3
#define MARGIN 2 /* px around a mask: its edge pixels below MASK_ALPHA */

enum { OWNER_NONE = 0, OWNER_CLUTTER = 255 }; /* object i owns as i + 1 */

struct _KdScenes {
  KdSceneConfig config;
  uint64_t seed;
  double unit;        /* px of this picture per px of one of 128 */
  double smallest_px; /* longest side of an object: in a tiny picture no less than can be seen */
  cairo_surface_t *canvas, *tile;
  cairo_t *canvas_cr, *tile_cr;
  int tile_side;
  uint8_t *owner; /* [H,W] */
};

/* The light of one scene: the same for all it holds. */
typedef struct {
  double x, y;     /* towards the light, a unit vector */
  double strength; /* alpha of the brightest and darkest tint on an object */
  double shadow;   /* alpha under an object */
  KdRgb tones[2];  /* of the backdrop */
} Light;

/* What is on the tile: the extent of its mask, [x1, x2) by [y1, y2) of the tile, and the pixels in it. */
typedef struct {
  int x1, y1, x2, y2;
  int n_pixels;
} Mask;

typedef struct {
  int n_pixels, n_visible;
} Object;

KdSceneConfig
kd_scene_config_default (void)
{
  return (KdSceneConfig){ .size = { 128, 128 }, .difficulty = 0.3, .max_objects = 8 };
}

KdScenes *
kd_scenes_new (const KdSceneConfig *config, uint64_t seed)
{
  g_assert (config->size.height >= 32 && config->size.height % 32 == 0);
  g_assert (config->size.width >= 32 && config->size.width % 32 == 0);
  g_assert (config->max_objects >= 1 && config->max_objects <= KD_SCENE_MAX_OBJECTS);
  g_assert (config->difficulty >= 0 && config->difficulty <= 1);
  const KdSize size = config->size;
  KdScenes *scenes = g_new0 (KdScenes, 1);
  scenes->config = *config;
  scenes->seed = seed;
  scenes->unit = MIN (size.height, size.width) / 128.0;
  scenes->smallest_px = fmax (8, SMALLEST_PX * scenes->unit);
  scenes->tile_side = (int) ceil (LARGEST_PX * scenes->unit * 1.7) + 8;
  scenes->canvas = cairo_image_surface_create (CAIRO_FORMAT_RGB24, size.width, size.height);
  scenes->tile =
      cairo_image_surface_create (CAIRO_FORMAT_ARGB32, scenes->tile_side, scenes->tile_side);
  scenes->canvas_cr = cairo_create (scenes->canvas);
  scenes->tile_cr = cairo_create (scenes->tile);
  scenes->owner = g_new (uint8_t, (size_t) size.height * (size_t) size.width);
  return scenes;
}

void
kd_scenes_free (KdScenes *scenes)
{
  if (!scenes)
    return;
  cairo_destroy (scenes->tile_cr);
  cairo_destroy (scenes->canvas_cr);
  cairo_surface_destroy (scenes->tile);
  cairo_surface_destroy (scenes->canvas);
  g_free (scenes->owner);
  g_free (scenes);
}

/* ---- the tile ---- */

static const uint32_t *
tile_row (const KdScenes *scenes, int y)
{
  const unsigned char *data = cairo_image_surface_get_data (scenes->tile);
  return (const uint32_t *) (const void *) (data + (ptrdiff_t) y * cairo_image_surface_get_stride (
                                                                       scenes->tile));
}

static bool
in_mask (uint32_t pixel)
{
  return pixel >> 24 >= MASK_ALPHA;
}

/* A square of @half px around the tile's middle holds all that was drawn. */
static Mask
measure (const KdScenes *scenes, int half)
{
  const int middle = scenes->tile_side / 2;
  Mask mask = { middle, middle, middle, middle, 0 };
  for (int y = middle - half; y < middle + half; y++) {
    const uint32_t *row = tile_row (scenes, y);
    for (int x = middle - half; x < middle + half; x++) {
      if (!in_mask (row[x]))
        continue;
      if (mask.n_pixels++ == 0)
        mask = (Mask){ x, y, x + 1, y + 1, 1 };
      mask.x1 = MIN (mask.x1, x);
      mask.x2 = MAX (mask.x2, x + 1);
      mask.y2 = y + 1;
    }
  }
  return mask;
}

/* Bright towards the light and dark away from it, on what the tile already holds. */
static void
shade_tile (cairo_t *cr, const Light *light, int middle, double half)
{
  const double dx = light->x * half * 0.8, dy = light->y * half * 0.8;
  cairo_pattern_t *pattern =
      cairo_pattern_create_linear (middle + dx, middle + dy, middle - dx, middle - dy);
  cairo_pattern_add_color_stop_rgba (pattern, 0, 1, 1, 0.95, light->strength);
  cairo_pattern_add_color_stop_rgba (pattern, 0.5, 0.6, 0.6, 0.6, 0);
  cairo_pattern_add_color_stop_rgba (pattern, 1, 0.05, 0.05, 0.15, light->strength * 1.2);
  cairo_set_operator (cr, CAIRO_OPERATOR_ATOP);
  cairo_set_source (cr, pattern);
  cairo_rectangle (cr, middle - half, middle - half, 2 * half, 2 * half);
  cairo_fill (cr);
  cairo_pattern_destroy (pattern);
}

/* Stripes or dots over the whole object, in a shade of one of its colours. */
static void
texture_tile (cairo_t *cr, KdRgb colour, double size_px, int middle, double half, KdRandom *random)
{
  const double pitch = fmax (3, size_px * kd_random_uniform (random, 0.08, 0.16));
  const bool dots = kd_random_uniform (random, 0, 1) < 0.5;
  cairo_set_operator (cr, CAIRO_OPERATOR_ATOP);
  for (double y = middle - half; y < middle + half; y += pitch) {
    if (!dots)
      cairo_rectangle (cr, middle - half, y, 2 * half, pitch * 0.4);
    for (double x = middle - half; dots && x < middle + half; x += pitch)
      kd_path_ellipse (cr, x, y, pitch * 0.24, pitch * 0.24);
  }
  cairo_set_source_rgba (cr, colour.r, colour.g, colour.b, 0.55);
  cairo_fill (cr);
}

typedef struct {
  const KdScenePainter *painter;
  KdSceneColours colours;
  double size_px; /* longest side wanted */
  double angle, aspect, flip;
  bool textured;
  KdRandom shape; /* forked for each drawing, so that a smaller redraw keeps its shape */
} Pose;

/* Longest side of the painter's box when turned, for a unit of one. */
static double
turned_extent (const Pose *pose)
{
  const double c = fabs (cos (pose->angle)), s = fabs (sin (pose->angle));
  const double width = pose->painter->width, height = pose->painter->height * pose->aspect;
  return fmax (width * c + height * s, width * s + height * c);
}

static Mask
draw_tile (KdScenes *scenes, const Pose *pose, const Light *light)
{
  cairo_t *cr = scenes->tile_cr;
  const double scale = pose->size_px / turned_extent (pose);
  const double reach = 0.5 * scale * hypot (1.1, 1.1 * pose->aspect) + 2;
  const int middle = scenes->tile_side / 2, half = MIN (middle - MARGIN, (int) ceil (reach));
  const int cleared = half + MARGIN;
  KdRandom shape = pose->shape;
  cairo_save (cr);
  cairo_set_operator (cr, CAIRO_OPERATOR_CLEAR);
  cairo_rectangle (cr, middle - cleared, middle - cleared, 2 * cleared, 2 * cleared);
  cairo_fill (cr);
  cairo_set_operator (cr, CAIRO_OPERATOR_OVER);
  cairo_rectangle (cr, middle - half, middle - half, 2 * half, 2 * half);
  cairo_clip (cr);
  cairo_save (cr);
  cairo_translate (cr, middle, middle);
  cairo_rotate (cr, pose->angle);
  cairo_scale (cr, scale * pose->flip, scale * pose->aspect);
  pose->painter->paint (cr, &pose->colours, pose->size_px, &shape);
  cairo_restore (cr);
  if (pose->textured)
    texture_tile (cr, pose->colours.accent, pose->size_px, middle, half, &shape);
  shade_tile (cr, light, middle, half);
  cairo_restore (cr);
  cairo_surface_flush (scenes->tile);
  return measure (scenes, half);
}

/* ---- places ---- */

/* Could the tile's mask lie with its corner at (@left, @top)? It must be mostly inside, leave earlier objects visible enough and share at most @overlap of itself with them. */
static bool
fits (const KdScenes *scenes,
      const Mask *mask,
      int left,
      int top,
      double overlap,
      bool may_cover_clutter,
      const Object *objects)
{
  const KdSize size = scenes->config.size;
  int lost[256] = { 0 };
  int inside = 0;
  const int y1 = MAX (0, -top), y2 = MIN (mask->y2 - mask->y1, size.height - top);
  const int x1 = MAX (0, -left), x2 = MIN (mask->x2 - mask->x1, size.width - left);
  for (int y = y1; y < y2; y++) {
    const uint32_t *row = tile_row (scenes, mask->y1 + y) + mask->x1;
    const uint8_t *owner = scenes->owner + (ptrdiff_t) (top + y) * size.width + left;
    for (int x = x1; x < x2; x++)
      if (in_mask (row[x])) {
        inside++;
        lost[owner[x]]++;
      }
  }
  if (inside < 0.75 * mask->n_pixels)
    return false;
  int shared = may_cover_clutter ? 0 : lost[OWNER_CLUTTER];
  for (int i = 0; i < KD_SCENE_MAX_OBJECTS; i++) {
    shared += lost[i + 1];
    if (lost[i + 1] > 0 && objects[i].n_visible - lost[i + 1] < LEAST_VISIBLE * objects[i].n_pixels)
      return false;
  }
  return shared <= overlap * mask->n_pixels;
}

/* A soft ellipse on the ground, away from the light. */
static void
cast_shadow (cairo_t *cr, const Mask *mask, int left, int top, const Light *light)
{
  const double width = mask->x2 - mask->x1, height = mask->y2 - mask->y1;
  cairo_matrix_t upright;
  cairo_get_matrix (cr, &upright);
  cairo_translate (cr, left + width * (0.5 - 0.08 * light->x), top + height * 0.97);
  cairo_scale (cr, width * 0.56, fmax (1.5, width * 0.13));
  cairo_pattern_t *pattern = cairo_pattern_create_radial (0, 0, 0, 0, 0, 1);
  cairo_pattern_add_color_stop_rgba (pattern, 0, 0.05, 0.06, 0.15, light->shadow);
  cairo_pattern_add_color_stop_rgba (pattern, 0.55, 0.05, 0.06, 0.15, light->shadow * 0.7);
  cairo_pattern_add_color_stop_rgba (pattern, 1, 0.05, 0.06, 0.15, 0);
  cairo_set_source (cr, pattern);
  cairo_rectangle (cr, -1, -1, 2, 2);
  cairo_fill (cr);
  cairo_pattern_destroy (pattern);
  cairo_set_matrix (cr, &upright);
}

/* The mask's pixels change hands. */
static void
own (KdScenes *scenes, const Mask *mask, int left, int top, uint8_t new_owner, Object *objects)
{
  const KdSize size = scenes->config.size;
  const int y1 = MAX (0, -top), y2 = MIN (mask->y2 - mask->y1, size.height - top);
  const int x1 = MAX (0, -left), x2 = MIN (mask->x2 - mask->x1, size.width - left);
  int owned = 0;
  for (int y = y1; y < y2; y++) {
    const uint32_t *row = tile_row (scenes, mask->y1 + y) + mask->x1;
    uint8_t *owner = scenes->owner + (ptrdiff_t) (top + y) * size.width + left;
    for (int x = x1; x < x2; x++) {
      if (!in_mask (row[x]))
        continue;
      if (owner[x] != OWNER_NONE && owner[x] != OWNER_CLUTTER)
        objects[owner[x] - 1].n_visible--;
      owner[x] = new_owner;
      owned++;
    }
  }
  if (new_owner != OWNER_CLUTTER)
    objects[new_owner - 1] = (Object){ mask->n_pixels, owned };
}

static void
put (KdScenes *scenes,
     const Mask *mask,
     int left,
     int top,
     double opacity,
     const Light *light,
     double shadow)
{
  cairo_t *cr = scenes->canvas_cr;
  if (shadow > 0)
    cast_shadow (cr, mask, left, top, light);
  cairo_set_source_surface (cr, scenes->tile, left - mask->x1, top - mask->y1);
  cairo_rectangle (cr, left - MARGIN, top - MARGIN, mask->x2 - mask->x1 + 2 * MARGIN,
                   mask->y2 - mask->y1 + 2 * MARGIN);
  cairo_save (cr);
  cairo_clip (cr);
  cairo_paint_with_alpha (cr, opacity);
  cairo_restore (cr);
}

/* A corner such that the mask lies inside, or hangs over the edge by up to a quarter. */
static int
corner (KdRandom *random, int length, int room, bool cut)
{
  const int over = cut ? length / 4 : 0;
  const int last = MAX (-over, room - length + over);
  return kd_random_int (random, -over, last);
}

/* Draws @pose where it fits, smaller if it must; false if it fits nowhere. */
static bool
place (KdScenes *scenes,
       Pose *pose,
       uint8_t owner,
       double opacity,
       const Light *light,
       Object *objects,
       KdRandom *random)
{
  const KdSize size = scenes->config.size;
  const double difficulty = scenes->config.difficulty, smallest = scenes->smallest_px;
  const bool cut = kd_random_uniform (random, 0, 1) < 0.06 + 0.2 * difficulty;
  const bool crowded = kd_random_uniform (random, 0, 1) < 0.12 + 0.5 * difficulty;
  const double overlap = crowded ? 0.5 : 0.04;
  for (int shrink = 0; shrink < SHRINKS; shrink++) {
    Mask mask = draw_tile (scenes, pose, light);
    const bool last_round = shrink == SHRINKS - 1;
    const int longest = MAX (mask.x2 - mask.x1, mask.y2 - mask.y1);
    if (longest < smallest) {
      pose->size_px *= (smallest + 1) / MAX (longest, 1);
      mask = draw_tile (scenes, pose, light);
    }
    for (int i = 0; i < PLACES; i++) {
      const int left = corner (random, mask.x2 - mask.x1, size.width, cut);
      const int top = corner (random, mask.y2 - mask.y1, size.height, cut);
      if (!fits (scenes, &mask, left, top, overlap, last_round, objects))
        continue;
      put (scenes, &mask, left, top, opacity, light, light->shadow);
      own (scenes, &mask, left, top, owner, objects);
      return true;
    }
    pose->size_px = fmax (smallest, pose->size_px * 0.75);
  }
  return false;
}

/* ---- the scene ---- */

static Pose
strike_pose (KdScenes *scenes,
             const KdScenePainter *painter,
             double size_px,
             const Light *light,
             KdRandom *random)
{
  const double difficulty = scenes->config.difficulty;
  Pose pose = { .painter = painter, .size_px = size_px };
  pose.colours = kd_scene_colours (random, light->tones, 0.3 * (1 - difficulty));
  const double tilt = painter->tilt * (0.25 + 0.75 * difficulty);
  pose.angle = kd_random_uniform (random, -tilt, tilt);
  pose.aspect = kd_random_uniform (random, 0.9, 1.12);
  pose.flip = kd_random_uniform (random, 0, 1) < 0.5 ? -1 : 1;
  pose.textured = kd_random_uniform (random, 0, 1) < 0.6 * difficulty - 0.04;
  pose.shape = kd_random (kd_random_u64 (random), 0);
  return pose;
}

/* Longest sides from 12 to 100 px, smaller the more there are but often one that leads; descending. */
static void
choose_sizes (const KdScenes *scenes, int count, double *sizes, KdRandom *random)
{
  static const double usual[] = { 100, 100, 100, 90, 80, 70, 62, 56, 52 };
  const bool has_hero = kd_random_uniform (random, 0, 1) < 0.35;
  for (int i = 0; i < count; i++) {
    const double u = kd_random_uniform (random, 0, 1);
    const double largest = i == 0 && has_hero ? LARGEST_PX : usual[count];
    const double size_px =
        fmax (scenes->smallest_px,
              scenes->unit * SMALLEST_PX *
                  pow (largest / SMALLEST_PX, pow (u, i == 0 && has_hero ? 0.2 : 0.65)));
    int at = i;
    for (; at > 0 && sizes[at - 1] < size_px; at--)
      sizes[at] = sizes[at - 1];
    sizes[at] = size_px;
  }
}

static void
scatter_clutter (
    KdScenes *scenes, bool front, const Light *light, Object *objects, KdRandom *random)
{
  const double difficulty = scenes->config.difficulty;
  const double most = front ? 4 * (difficulty - 0.25) : 0.8 + 6 * difficulty;
  const int count = most > 0 ? (int) kd_random_uniform (random, 0, most + 1) : 0;
  for (int i = 0; i < count; i++) {
    const KdScenePainter *painter =
        &kd_scene_clutter[kd_random_int (random, 0, KD_SCENE_CLUTTER_KINDS - 1)];
    const double size_px = kd_random_uniform (random, 9, front ? 26 : 40) * scenes->unit;
    Pose pose = strike_pose (scenes, painter, size_px, light, random);
    const double quiet = 0.45 * (1 - difficulty);
    pose.colours.main = kd_rgb_mix (pose.colours.main, light->tones[1], quiet);
    pose.colours.second = kd_rgb_mix (pose.colours.second, light->tones[1], quiet);
    place (scenes, &pose, OWNER_CLUTTER, 1, light, objects, random);
  }
}

/* Extents of what each object owns now; objects keep their drawing order. */
static void
find_boxes (const KdScenes *scenes, const int *labels, int count, KdSceneTruth *truth)
{
  const KdSize size = scenes->config.size;
  int extents[KD_SCENE_MAX_OBJECTS][4];
  for (int i = 0; i < count; i++)
    memcpy (extents[i], (int[]){ size.width, size.height, 0, 0 }, sizeof extents[i]);
  for (int y = 0; y < size.height; y++)
    for (int x = 0; x < size.width; x++) {
      const uint8_t owner = scenes->owner[(size_t) y * (size_t) size.width + (size_t) x];
      if (owner == OWNER_NONE || owner == OWNER_CLUTTER)
        continue;
      int *e = extents[owner - 1];
      e[0] = MIN (e[0], x);
      e[1] = MIN (e[1], y);
      e[2] = MAX (e[2], x + 1);
      e[3] = MAX (e[3], y + 1);
    }
  truth->n_objects = count;
  for (int i = 0; i < count; i++)
    truth->objects[i] = (KdDetection){
      .box = { extents[i][0], extents[i][1], extents[i][2], extents[i][3] },
      .label = labels[i],
      .score = 1,
    };
}

/* The camera: white balance, exposure and grain; canvas to RGB. */
static void
develop (const KdScenes *scenes, KdRandom *random, uint8_t *rgb)
{
  const KdSize size = scenes->config.size;
  const double difficulty = scenes->config.difficulty;
  const double exposure = kd_random_uniform (random, 0.94 - 0.25 * difficulty, 1.02);
  const double warmth = kd_random_uniform (random, -1, 1) * (0.03 + 0.06 * difficulty);
  const double u = kd_random_uniform (random, 0, 1);
  const double grain = u * u * u * (0.018 + 0.06 * difficulty);
  const int gains[] = { (int) (256 * exposure * (1 + warmth)), (int) (256 * exposure),
                        (int) (256 * exposure * (1 - warmth)) };
  /* Two bytes' sum has deviation sqrt (2 * (256^2 - 1) / 12) = 104.5 around 255. */
  const int amplitude = (int) (grain * 255 * 256 / 104.5);
  /* Xorshift from one draw: 16384 draws of the scene's own stream would cost a quarter of the scene. */
  uint64_t bits = kd_random_u64 (random) | 1;
  const unsigned char *data = cairo_image_surface_get_data (scenes->canvas);
  const int stride = cairo_image_surface_get_stride (scenes->canvas);
  for (int y = 0; y < size.height; y++) {
    const uint32_t *row = (const uint32_t *) (const void *) (data + (ptrdiff_t) y * stride);
    for (int x = 0; x < size.width; x++) {
      bits ^= bits << 13;
      bits ^= bits >> 7;
      bits ^= bits << 17;
      for (int c = 0; c < 3; c++) {
        const int value = (int) (row[x] >> (16 - 8 * c) & 255);
        const int noise = (int) (bits >> (16 * c) & 255) + (int) (bits >> (16 * c + 8) & 255) - 255;
        *rgb++ = (uint8_t) CLAMP ((value * gains[c] + noise * amplitude + 128) / 256, 0, 255);
      }
    }
  }
}

void
kd_scenes_draw (KdScenes *scenes, KdSplit split, uint64_t index, uint8_t *rgb, KdSceneTruth *truth)
{
  const KdSize size = scenes->config.size;
  const double difficulty = scenes->config.difficulty;
  /* Even streams train, odd ones are held out. */
  const uint64_t stream = 2 * (kd_hash_string ("scene") + index) + (split == KD_SPLIT_HELD_OUT);
  KdRandom random = kd_random (scenes->seed, stream);
  Object objects[KD_SCENE_MAX_OBJECTS] = { 0 };
  int labels[KD_SCENE_MAX_OBJECTS];
  double sizes[KD_SCENE_MAX_OBJECTS];

  memset (scenes->owner, OWNER_NONE, (size_t) size.height * (size_t) size.width);
  const double bearing = kd_random_uniform (&random, -2.6, -0.5);
  Light light = { .x = cos (bearing),
                  .y = sin (bearing),
                  .strength = kd_random_uniform (&random, 0.12, 0.3),
                  .shadow = kd_random_uniform (&random, 0.15, 0.35) };
  kd_scene_backdrop (scenes->canvas_cr, size, difficulty, &random, light.tones);
  scatter_clutter (scenes, false, &light, objects, &random);

  const int wanted = kd_random_int (&random, 1, scenes->config.max_objects);
  int count = 0;
  choose_sizes (scenes, wanted, sizes, &random);
  for (int i = 0; i < wanted; i++) {
    const int label = kd_random_int (&random, 0, KD_SCENE_CLASSES - 1);
    Pose pose = strike_pose (scenes, &kd_scene_objects[label], sizes[i], &light, &random);
    const double opacity = 1 - kd_random_uniform (&random, 0, 0.06 + 0.3 * difficulty * difficulty);
    if (place (scenes, &pose, (uint8_t) (count + 1), opacity, &light, objects, &random))
      labels[count++] = label;
  }
  scatter_clutter (scenes, true, &light, objects, &random);
  cairo_surface_flush (scenes->canvas);
  find_boxes (scenes, labels, count, truth);
  develop (scenes, &random, rgb);
}
