<?php
require '../lib/common.inc.php';

$_SESSION = array();
session_destroy();
header('Location: login.php');
