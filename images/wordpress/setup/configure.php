<?php
// Second part, in a WordPress whose plugins are loaded: theme, roles, and the shop itself.
require __DIR__ . '/frame.php';
require '/srv/wordpress/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
$_SERVER['REQUEST_URI'] = '/';
wp_set_current_user(get_users(['role' => 'administrator', 'number' => 1, 'fields' => 'ID'])[0] ?? fail('there is no administrator'));

once('theme', settings()['theme'] ?? '', function (string $theme): void {
	if ($theme !== '') {
		wp_get_theme($theme)->exists() || fail("the theme $theme is not in this image");
		switch_theme($theme);
	}
});
if (class_exists('WooCommerce')) {
	require __DIR__ . '/shop.php';
	require __DIR__ . '/catalogue.php';
	set_up_shop(settings());
	once('samples', settings()['samples'] ?? true, 'set_up_catalogue');
	// What the image's plugin asks of the tables; does nothing when they are current.
	WC_Install::needs_db_update() && WC_Install::update_db_version();
	wc_delete_product_transients();
}
flush_rewrite_rules(false);
Done::$done = true;
