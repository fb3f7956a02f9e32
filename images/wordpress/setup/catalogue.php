<?php
// Sample products with pictures of our own, marked so that they can be taken away again.
require __DIR__ . '/picture.php';

const SAMPLE = '_storefleet_sample';
const SAMPLES = [ // article number => name, price, colour, shape, text
	'sample-cup' => ['Cup', '12.00', [203, 84, 64], 'cup', 'Holds a quarter of a litre and keeps its colour in the dishwasher.'],
	'sample-lamp' => ['Lamp', '49.00', [226, 167, 58], 'lamp', 'A warm light for a table; the bulb is included.'],
	'sample-vase' => ['Vase', '29.50', [72, 126, 155], 'vase', 'For one branch or a whole bunch.'],
	'sample-bowl' => ['Bowl', '18.00', [97, 142, 96], 'bowl', 'Fruit, salad, keys.'],
];

function set_up_catalogue(bool $wanted): void {
	$wanted ? add_samples() : remove_samples();
}

/** A run that was killed half-way left some; their numbers tell which. */
function add_samples(): void {
	foreach (SAMPLES as $number => [$name, $price, $colour, $shape, $text]) {
		if (wc_get_product_id_by_sku($number)) {
			continue;
		}
		$product = new WC_Product_Simple();
		$product->set_name($name);
		$product->set_sku($number);
		$product->set_regular_price($price);
		$product->set_description($text);
		$product->set_short_description($text);
		$product->set_status('publish');
		$product->set_catalog_visibility('visible');
		$product->set_image_id(add_picture($number, $name, $colour, $shape));
		$product->update_meta_data(SAMPLE, '1');
		$product->save();
	}
}

function add_picture(string $number, string $name, array $colour, string $shape): int {
	$upload = wp_upload_bits("$number.png", null, picture($colour, $shape));
	empty($upload['error']) || fail($upload['error']);
	$post = ['post_mime_type' => 'image/png', 'post_title' => $name, 'post_status' => 'inherit', 'meta_input' => [SAMPLE => '1']];
	$id = wp_insert_attachment($post, $upload['file'], 0, true);
	is_wp_error($id) && fail($id->get_error_message());
	wp_update_attachment_metadata($id, wp_generate_attachment_metadata($id, $upload['file']));
	update_post_meta($id, '_wp_attachment_image_alt', $name);
	return $id;
}

/** Only what carries the mark: products and their pictures. */
function remove_samples(): void {
	$query = ['post_type' => ['product', 'attachment'], 'post_status' => 'any', 'numberposts' => -1, 'fields' => 'ids'];
	foreach (get_posts($query + ['meta_key' => SAMPLE, 'meta_value' => '1']) as $id) {
		get_post_type($id) === 'product' ? wc_get_product($id)?->delete(true) : wp_delete_attachment($id, true);
	}
}
