<?php
// WooCommerce as a shop that can be bought from; each step is done once, so that the owner's later changes stay.

function set_up_shop(array $settings): void {
	once('storage', 'hpos', 'set_up_order_tables');
	once('pages', 'default', fn () => WC_Install::create_pages());
	once('open', true, function (): void {
		update_option('woocommerce_coming_soon', 'no');
		update_option('woocommerce_store_pages_only', 'no');
		update_option('woocommerce_show_marketplace_suggestions', 'no');
		update_option('woocommerce_allow_tracking', 'no');
		update_option('woocommerce_onboarding_profile', ['skipped' => true, 'completed' => true]);
		update_option('woocommerce_task_list_hidden', 'yes');
		delete_transient('_wc_activation_redirect');
	});
	once('currency', $settings['currency'] ?? 'EUR', 'set_up_currency');
	once('country', $settings['country'] ?? 'DE', 'set_up_country');
	once('payment', 'cod', function (): void {
		$options = (array) get_option('woocommerce_cod_settings', []);
		update_option('woocommerce_cod_settings', ['enabled' => 'yes', 'title' => 'Cash on delivery',
			'description' => 'Pay when it arrives.', 'enable_for_methods' => [], 'enable_for_virtual' => 'yes'] + $options);
	});
	once('shipping', 'flat rate', 'set_up_shipping');
	once('manager', true, 'set_up_manager');
}

/** Orders in tables of their own (HPOS), without a second copy among the posts. */
function set_up_order_tables(): void {
	$synchronizer = wc_get_container()->get(\Automattic\WooCommerce\Internal\DataStores\Orders\DataSynchronizer::class);
	if (!$synchronizer->check_orders_table_exists()) {
		$synchronizer->create_database_tables();
	}
	update_option('woocommerce_custom_orders_table_data_sync_enabled', 'no');
	update_option('woocommerce_custom_orders_table_enabled', 'yes');
}

function set_up_currency(string $currency): void {
	isset(get_woocommerce_currencies()[$currency]) || fail("WooCommerce does not know the currency $currency");
	update_option('woocommerce_currency', $currency);
	update_option('woocommerce_price_num_decimals', in_array($currency, ['CLP', 'ISK', 'JPY', 'KRW', 'VND'], true) ? '0' : '2');
}

function set_up_country(string $country): void {
	isset(WC()->countries->get_countries()[$country]) || fail("WooCommerce does not know the country $country");
	update_option('woocommerce_default_country', $country);
	update_option('woocommerce_allowed_countries', 'all');
	update_option('woocommerce_ship_to_countries', '');
}

/** One flat rate for the places that no zone of the owner's covers; none if there is a way already. */
function set_up_shipping(): void {
	$zone = new WC_Shipping_Zone(0);
	if ($zone->get_shipping_methods()) {
		return;
	}
	$instance = $zone->add_shipping_method('flat_rate');
	update_option("woocommerce_flat_rate_{$instance}_settings", ['title' => 'Flat rate', 'tax_status' => 'none', 'cost' => '4.90']);
	WC_Cache_Helper::get_transient_version('shipping', true);
}

/** A login that runs the shop without the rights of the administrator; its password is set by who needs it. */
function set_up_manager(): void {
	get_role('shop_manager') || WC_Install::create_roles();
	if (!username_exists('shop-manager')) {
		$id = wp_insert_user(['user_login' => 'shop-manager', 'user_pass' => wp_generate_password(32, true, true),
			'user_email' => 'shop-manager@' . parse_url(home_url(), PHP_URL_HOST), 'display_name' => 'Shop manager', 'role' => 'shop_manager']);
		is_wp_error($id) && fail($id->get_error_message());
	}
}
