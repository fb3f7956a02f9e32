<?php
// Pictures of the sample products, drawn by the set-up: a shape on a light ground.
const SIDE = 600;

/** PNG of `SIDE` pixels; `$shape` is cup, lamp, vase or bowl. */
function picture(array $colour, string $shape): string {
	$image = imagecreatetruecolor(SIDE, SIDE);
	imageantialias($image, true);
	imagefill($image, 0, 0, imagecolorallocate($image, 246, 243, 238));
	$shadow = imagecolorallocate($image, 226, 221, 213);
	$paint = imagecolorallocate($image, ...$colour);
	$dark = imagecolorallocate($image, ...array_map(fn ($part) => (int) ($part * 0.8), $colour));
	imagefilledellipse($image, 300, 470, 330, 46, $shadow);
	match ($shape) {
		'cup' => (function () use ($image, $paint, $dark): void {
			imagesetthickness($image, 22);
			imagearc($image, 410, 330, 130, 150, 270, 90, $dark);
			imagefilledpolygon($image, [180, 220, 410, 220, 390, 465, 200, 465], $paint);
			imagefilledellipse($image, 295, 220, 230, 44, $dark);
		})(),
		'lamp' => (function () use ($image, $paint, $dark): void {
			imagefilledrectangle($image, 290, 290, 310, 460, $dark);
			imagefilledellipse($image, 300, 462, 170, 34, $dark);
			imagefilledpolygon($image, [240, 130, 360, 130, 430, 300, 170, 300], $paint);
		})(),
		'vase' => (function () use ($image, $paint, $dark): void {
			imagefilledpolygon($image, [265, 130, 335, 130, 330, 250, 400, 350, 355, 468, 245, 468, 200, 350, 270, 250], $paint);
			imagefilledellipse($image, 300, 130, 70, 18, $dark);
		})(),
		'bowl' => (function () use ($image, $paint, $dark): void {
			imagefilledarc($image, 300, 290, 360, 360, 0, 180, $paint, IMG_ARC_PIE);
			imagefilledellipse($image, 300, 290, 360, 60, $dark);
		})(),
	};
	ob_start();
	imagepng($image, null, 9);
	return (string) ob_get_clean();
}
