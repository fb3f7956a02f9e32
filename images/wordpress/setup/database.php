<?php
// A connection of the set-up's own: waits for the server, and keeps two set-ups apart.
const DATABASE_SECONDS = 120;
// A server greets at once. A new pod's first connection may leave the cluster instead of being refused, before the
// firewall and the Service know of each other, and would wait a minute for somebody who never speaks.
const GREETING_SECONDS = 3;
const TURN_SECONDS = 300;

function database(): mysqli {
	mysqli_report(MYSQLI_REPORT_OFF);
	for ($until = time() + DATABASE_SECONDS;; usleep(100000)) {
		$asked = connection(GREETING_SECONDS);
		if (!$asked->connect_errno) {
			$asked->close();
			$database = connection();
			if (!$database->connect_errno) {
				return $database;
			}
		}
		if (time() >= $until) {
			fail('the database did not answer: ' . mysqli_connect_error());
		}
	}
}

/** A connection, made or not; with `$seconds` given up after so long without a word, and no good for long queries. */
function connection(int $seconds = 0): mysqli {
	[$host, $socket] = explode(':', getenv('WORDPRESS_DB_HOST') . ':', 3);
	$password = rtrim((string) file_get_contents((string) getenv('WORDPRESS_DB_PASSWORD_FILE')), "\r\n");
	$connection = mysqli_init();
	if ($seconds) {
		$connection->options(MYSQLI_OPT_CONNECT_TIMEOUT, $seconds);
		$connection->options(MYSQLI_OPT_READ_TIMEOUT, $seconds);
	}
	@$connection->real_connect($host, getenv('WORDPRESS_DB_USER'), $password, getenv('WORDPRESS_DB_NAME'), null, $socket ?: null);
	return $connection;
}

/** Waits until no other set-up runs; the server takes the lock back when this process ends, however it does. */
function take_turn(mysqli $database): void {
	$answer = $database->query("SELECT GET_LOCK('storefleet_setup', " . TURN_SECONDS . ')');
	if (!$answer || $answer->fetch_row()[0] !== '1') {
		fail('another set-up of this shop is still running');
	}
}

/**
 * Takes away what a set-up left that was killed while it made the tables. WordPress takes half an installation for a
 * whole one. Nobody has used it yet: visitors come only after a set-up that ended. A shop without our table was
 * installed by an earlier image, and is whole.
 */
function drop_half_installation(mysqli $database): void {
	$begun = $database->query("SHOW TABLES LIKE 'storefleet_installing'")->num_rows > 0;
	if (!$begun) {
		return;
	}
	$tables = $database->query("SHOW TABLES LIKE 'wp\\_%'")->fetch_all();
	foreach ($tables as [$table]) {
		$database->query("DROP TABLE `$table`") || fail("cannot drop $table: " . $database->error);
	}
	echo 'took away ' . count($tables) . " tables of a set-up that was interrupted\n";
}

function begin_installation(mysqli $database): void {
	$database->query('CREATE TABLE IF NOT EXISTS storefleet_installing (since TIMESTAMP)') || fail($database->error);
}

function end_installation(mysqli $database): void {
	$database->query('DROP TABLE storefleet_installing') || fail($database->error);
}
