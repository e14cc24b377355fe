use super::super::text::Span;
use super::*;

const A: Platform = Platform::Android;
const I: Platform = Platform::Ios;
const H: Platform = Platform::HarmonyOs;

fn flow(text: &str) -> Flow {
    super::super::inline::flow(text, &[Span::new(0, text.len())], &super::super::inline::References::new())
}

fn read(text: &str, platforms: &[Platform]) -> Reading {
    let reading = Names::new(&Book).read(&flow(text), platforms, false);
    reading.unwrap_or_else(|| panic!("{text} holds no name"))
}

/// `CAMERA` for Android, `i:…` for iOS, `h:…` for `HarmonyOS`.
fn short(names: &[Named]) -> Vec<String> {
    let name = |named: &Named| match named.platform {
        Platform::Android => named.name.trim_start_matches("android.permission.").to_owned(),
        Platform::Ios => format!("i:{}", named.name.trim_end_matches("UsageDescription")),
        Platform::HarmonyOs => format!("h:{}", named.name.trim_start_matches("ohos.permission.")),
    };
    names.iter().map(name).collect()
}

fn discloses(text: &str, platforms: &[Platform]) -> Vec<String> {
    short(&read(text, platforms).permissions)
}

#[test]
fn constants_and_keys_are_matched_whole() {
    for (text, platforms, expected) in [
        ("CAMERA", &[][..], &["CAMERA"][..]),
        ("android.permission.CAMERA", &[], &["CAMERA"]),
        ("Android.Permission.camera", &[], &["CAMERA"]),
        ("Manifest.permission.READ_SMS", &[], &["READ_SMS"]),
        ("read_contacts", &[A], &["READ_CONTACTS"]),
        ("ＲＥＡＤ＿SMS", &[A], &["READ_SMS"]),
        (r"RECORD\_AUDIO", &[A], &["RECORD_AUDIO"]),
        ("**`READ_SMS`**", &[A], &["READ_SMS"]),
        ("[READ_SMS](https://developer.android.com/x)", &[A], &["READ_SMS"]),
        ("READ&#95;SMS", &[A], &["READ_SMS"]),
        ("RE\u{200b}AD_\u{ad}SMS", &[A], &["READ_SMS"]),
        ("AD_ID", &[A], &["com.google.android.gms.permission.AD_ID"]),
        ("Vibrate", &[A], &["VIBRATE"]),
        ("NSCameraUsageDescription", &[], &["i:NSCamera"]),
        ("nscamerausagedescription", &[I], &["i:NSCamera"]),
        ("Privacy - Camera Usage Description", &[I], &["i:NSCamera"]),
        ("ohos.permission.CAMERA", &[], &["h:CAMERA"]),
        ("CAMERA", &[H], &["h:CAMERA"]),
        ("READ_EXTERNAL_\nSTORAGE", &[A], &["READ_EXTERNAL_STORAGE"]),
        ("android.permission.\nREAD_SMS", &[A], &["READ_SMS"]),
    ] {
        let reading = read(text, platforms);
        assert_eq!(short(&reading.permissions), expected, "{text}");
        assert_eq!(reading.resolution, Resolution::Exact, "{text}");
        assert!(reading.unknown.is_empty() && reading.ambiguities.is_empty(), "{text}");
    }
}

#[test]
fn a_name_that_is_not_one_discloses_nothing_and_is_suggested() {
    for (text, platforms, suggested) in [
        ("READ_EXTERNAL_STORAG", &[A][..], Some("READ_EXTERNAL_STORAGE")),
        ("android.permission.READ_EXTERNAL_STORAG", &[], Some("READ_EXTERNAL_STORAGE")),
        ("TELEPHONE", &[A, H], Some("CALL_PHONE")),
        ("CLIPBOARD", &[A, H], Some("h:READ_PASTEBOARD")),
        ("Clipboard", &[I], None),
        ("android.permission-group.CAMERA", &[A], None),
        ("NSUserNotificationsUsageDescription", &[I], None),
        ("EEPROM", &[A], None),
        ("电话套餐", &[A], None),
        ("Something nobody knows", &[A], None),
    ] {
        let reading = read(text, platforms);
        assert_eq!(short(&reading.permissions), [] as [&str; 0], "{text}");
        assert_eq!(reading.resolution, Resolution::Unknown, "{text}");
        let first = reading.unknown.first().unwrap_or_else(|| panic!("{text}"));
        if let Some(suggested) = suggested {
            assert!(short(&first.suggestions).iter().any(|name| name == suggested), "{text}: {first:?}");
        }
    }
}

#[test]
fn letters_that_imitate_others_never_disclose() {
    for text in ["САMERA", "RΕAD_SMS", "аndroid.permission.CAMERA", "Cаmera", "\u{202e}AREMAC", "CAMERA\u{2066}"] {
        let reading = read(text, &[A]);
        assert_eq!(reading.permissions, [], "{text}");
        assert_eq!(reading.resolution, Resolution::Unknown, "{text}");
        assert!(!reading.unknown.is_empty(), "{text}");
    }
    assert_eq!(short(&read("САMERA", &[A]).candidates), ["CAMERA"]);
    assert_eq!(short(&read("Cаmera", &[A]).candidates), ["CAMERA"]);
}

#[test]
fn names_of_other_vendors_stand_for_themselves() {
    assert_eq!(
        discloses("com.huawei.example.permission.WRITE_SETTINGS", &[A]),
        ["com.huawei.example.permission.WRITE_SETTINGS"]
    );
    assert_eq!(
        discloses("com.example.app.DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION", &[]),
        ["com.example.app.DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION"]
    );
    assert_eq!(discloses("com.google.android.gms.permission.AD_IDS", &[A]), [] as [&str; 0]);
    assert_eq!(discloses("com.example.app", &[A]), [] as [&str; 0]);
}

#[test]
fn several_names_in_a_cell() {
    let reading = read("INTERNET/NETWORK_STATE", &[A, H]);
    assert_eq!(short(&reading.permissions), ["INTERNET", "ACCESS_NETWORK_STATE"]);
    assert_eq!(short(&reading.candidates), ["h:INTERNET", "CHANGE_NETWORK_STATE", "h:GET_NETWORK_INFO"]);
    assert_eq!(reading.ambiguities, [Ambiguity::Abbreviation("NETWORK_STATE".to_owned())]);
    assert_eq!(reading.resolution, Resolution::Several);
    let both = ["CAMERA", "RECORD_AUDIO"];
    for text in [
        "CAMERA/RECORD_AUDIO",
        "CAMERA、RECORD_AUDIO",
        "CAMERA，RECORD_AUDIO",
        "CAMERA；RECORD_AUDIO",
        "CAMERA & RECORD_AUDIO",
        "CAMERA RECORD_AUDIO",
        "CAMERA<br>RECORD_AUDIO",
        "CAMERA\nRECORD_AUDIO",
        "CAMERA and RECORD_AUDIO",
        "相机和麦克风",
        "相机 麦克风",
        "【相机】【麦克风】权限",
        "相机、录音",
        "相机麦克风",
        "Camera and microphone permissions",
        "CAMERA、麦克风",
    ] {
        assert_eq!(discloses(text, &[A]), both, "{text}");
    }
    assert_eq!(discloses("获取拍照权限读外部存储权限", &[A]), ["CAMERA", "READ_EXTERNAL_STORAGE"]);
}

#[test]
fn human_names_by_platform_and_precision() {
    let camera = read("相机权限", &[]);
    assert_eq!(short(&camera.permissions), ["CAMERA", "i:NSCamera"]);
    assert_eq!(camera.resolution, Resolution::Alias);
    assert!(camera.ambiguities.is_empty());
    assert_eq!(discloses("Access to your camera", &[I]), ["i:NSCamera"]);
    assert_eq!(discloses("CAMERA", &[I]), ["i:NSCamera"]);
    assert_eq!(discloses("NFC", &[]), ["NFC", "i:NFCReader"]);

    let storage = read("存储", &[A]);
    assert_eq!(short(&storage.permissions), ["READ_EXTERNAL_STORAGE", "WRITE_EXTERNAL_STORAGE"]);
    assert_eq!(storage.ambiguities, [Ambiguity::Group("存储".to_owned())]);
    assert_eq!(storage.resolution, Resolution::Several);
    assert_eq!(discloses("存储权限（写入）", &[A]), ["WRITE_EXTERNAL_STORAGE"]);
    assert_eq!(discloses("读取、写入存储", &[A]), ["READ_EXTERNAL_STORAGE", "WRITE_EXTERNAL_STORAGE"]);
    assert_eq!(discloses("电话（设备信息）", &[A]), ["READ_PHONE_STATE"]);
    assert_eq!(discloses("电话（相机）", &[A]), [] as [&str; 0]);
    assert_eq!(discloses("【相机】（使用网络）", &[A]), ["CAMERA"]);
    assert_eq!(discloses("读取、修改通讯录", &[A]), ["READ_CONTACTS", "WRITE_CONTACTS"]);
    assert_eq!(discloses("相册读取、写入", &[I]), ["i:NSPhotoLibrary", "i:NSPhotoLibraryAdd"]);
    assert_eq!(discloses("相册写入", &[I]), ["i:NSPhotoLibraryAdd"]);
    assert_eq!(discloses("信息的存储", &[A]), [] as [&str; 0]);
    assert_eq!(discloses("Location (optional)", &[A]), ["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"]);
    assert_eq!(discloses("Location (background)", &[A]), ["ACCESS_BACKGROUND_LOCATION"]);

    let album = read("相册", &[A]);
    assert_eq!(album.permissions, []);
    assert_eq!(album.ambiguities, [Ambiguity::Vague("相册".to_owned())]);
    assert_eq!(discloses("安装未知应用", &[A]), ["REQUEST_INSTALL_PACKAGES"]);
    assert_eq!(discloses("Device ID & call information", &[A]), ["READ_PHONE_STATE"]);
    assert_eq!(discloses("LOCATION", &[]), ["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION", "i:NSLocationWhenInUse"]);
    let notifications = read("通知", &[I]);
    assert_eq!((notifications.resolution, notifications.unknown.len()), (Resolution::Unknown, 0));
}

#[test]
fn parts_of_constants_beside_a_constant_are_read_with_it() {
    for (text, expected) in [
        ("READ/WRITE_CALENDAR", &["READ_CALENDAR", "WRITE_CALENDAR"][..]),
        ("READ_MEDIA_IMAGES / _VIDEO / _AUDIO", &["READ_MEDIA_IMAGES", "READ_MEDIA_VIDEO", "READ_MEDIA_AUDIO"]),
        ("BLUETOOTH_SCAN/CONNECT/ADVERTISE", &["BLUETOOTH_SCAN", "BLUETOOTH_CONNECT", "BLUETOOTH_ADVERTISE"]),
        ("READ_CONTACTS/CAMERA", &["READ_CONTACTS", "CAMERA"]),
        ("ACCESS_NETWORK_STATE/NOTHING", &["ACCESS_NETWORK_STATE"]),
    ] {
        assert_eq!(discloses(text, &[A]), expected, "{text}");
    }
    assert!(!read("READ/WRITE_CALENDAR", &[A]).ambiguities.is_empty());
}

#[test]
fn parts_of_constants_are_read_with_what_both_ends_share() {
    let fine = &["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"][..];
    let contacts = &["READ_CONTACTS", "WRITE_CONTACTS"][..];
    for (text, expected) in [
        ("ACCESS_FINE/COARSE_LOCATION", fine),
        ("ACCESS_FINE_/COARSE_LOCATION", fine),
        ("ACCESS_FINE_LOCATION / COARSE", fine),
        ("android.permission.ACCESS_FINE/COARSE_LOCATION", fine),
        ("ACCESS_WIFI/NETWORK_STATE", &["ACCESS_WIFI_STATE", "ACCESS_NETWORK_STATE"]),
        ("SEND/READ/RECEIVE_SMS", &["SEND_SMS", "READ_SMS", "RECEIVE_SMS"]),
        ("READ_SMS/SEND/RECEIVE", &["READ_SMS", "SEND_SMS", "RECEIVE_SMS"]),
        ("READ_/WRITE_CONTACTS", contacts),
        ("READ、WRITE_CONTACTS", contacts),
        ("READ and WRITE_CONTACTS", contacts),
        ("BLUETOOTH, _SCAN, _CONNECT", &["BLUETOOTH", "BLUETOOTH_SCAN", "BLUETOOTH_CONNECT"]),
        ("FOREGROUND_SERVICE / _LOCATION", &["FOREGROUND_SERVICE", "FOREGROUND_SERVICE_LOCATION"]),
        ("ACCESS_NOTHING/COARSE_LOCATION", &["ACCESS_COARSE_LOCATION"]),
        ("CAMERA、WRITE_CONTACTS", &["CAMERA", "WRITE_CONTACTS"]),
    ] {
        assert_eq!(discloses(text, &[A]), expected, "{text}");
    }
}

#[test]
fn a_constant_that_the_layout_cuts_is_whole_where_the_book_has_it() {
    for (text, resolution) in [
        ("ACCESS_FINE_ LOCATION", Resolution::Exact),
        ("ACCESS_FINE_-LOCATION", Resolution::Exact),
        ("ACCESS_FINE\n_LOCATION", Resolution::Exact),
        ("ACCESS_FINE_LOCATION¹", Resolution::Exact),
        ("①ACCESS_FINE_LOCATION", Resolution::Exact),
        ("ACCESS_FINE LOCATION", Resolution::Alias),
        ("ACCESS_FINE-LOCATION", Resolution::Alias),
    ] {
        let reading = read(text, &[A]);
        assert_eq!(short(&reading.permissions), ["ACCESS_FINE_LOCATION"], "{text}");
        assert_eq!(reading.resolution, resolution, "{text}");
        assert!(reading.unknown.is_empty(), "{text}");
    }
    for text in ["ACCESS_NOTHING_ LOCATION", "ACCESS_FINE then LOCATION"] {
        assert_eq!(discloses(text, &[A]), [] as [&str; 0], "{text}");
    }
}

const MEDIA: [&str; 4] =
    ["READ_MEDIA_AUDIO", "READ_MEDIA_IMAGES", "READ_MEDIA_VIDEO", "READ_MEDIA_VISUAL_USER_SELECTED"];

#[test]
fn a_family_that_everybody_knows_counts_and_is_flagged() {
    for text in [
        "READ_MEDIA_*",
        "`READ_MEDIA_*`",
        r"READ\_MEDIA\_\*",
        "android.permission.READ_MEDIA_*",
        "READ_MEDIA_xxx",
        "READ_MEDIA_XXX",
        "READ_MEDIA_…",
        "READ_MEDIA_* (Android 13+)",
        "READ＿MEDIA＿＊",
    ] {
        let reading = read(text, &[A]);
        assert_eq!(short(&reading.permissions), MEDIA, "{text}");
        assert_eq!(reading.ambiguities, [Ambiguity::Abbreviation("READ_MEDIA_*".to_owned())], "{text}");
        assert!(reading.unknown.is_empty() && reading.resolution != Resolution::Exact, "{text}");
    }
    assert_eq!(discloses("*_CONTACTS", &[A]), ["READ_CONTACTS", "WRITE_CONTACTS"]);
    let location = read("ACCESS_*_LOCATION", &[A]);
    assert_eq!(short(&location.permissions), ["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"]);
    assert_eq!(short(&location.candidates), ["ACCESS_BACKGROUND_LOCATION", "ACCESS_MEDIA_LOCATION"]);
    for platforms in [&[][..], &[I]] {
        assert_eq!(discloses("NSLocation*UsageDescription", platforms), ["i:NSLocationWhenInUse"]);
    }
    assert_eq!(read("READ_MEDIA_*（未使用）", &[A]).resolution, Resolution::Negated);
}

#[test]
fn a_pattern_that_leaves_it_open_discloses_nothing() {
    for text in [
        "READ_*",
        "ACCESS_*",
        "*_STATE",
        "SMS_*",
        "ohos.permission.READ_*",
        "READ_NOTHING_*",
        "com.example.READ_MEDIA_*",
    ] {
        let reading = read(text, &[A]);
        assert_eq!(short(&reading.permissions), [] as [&str; 0], "{text}");
        assert!(!reading.unknown.is_empty(), "{text}");
    }
    let services = read("FOREGROUND_SERVICE_*", &[A]);
    assert_eq!((services.permissions.len(), services.unknown.len()), (0, 0));
    assert!(short(&services.candidates).contains(&"FOREGROUND_SERVICE_LOCATION".to_owned()));
    // An asterisk behind a name is a mark of a footnote.
    assert_eq!(read("FOREGROUND_SERVICE*", &[A]).resolution, Resolution::Exact);
    let elsewhere = read("READ_MEDIA_*", &[I]);
    assert_eq!(
        (short(&elsewhere.permissions), short(&elsewhere.candidates)),
        (vec![], MEDIA.map(str::to_owned).to_vec())
    );
    assert_eq!(Names::new(&Book).read(&flow("*"), &[A], false), None);
}

#[test]
fn names_in_brackets_are_as_good_as_written_out() {
    let media = &["READ_MEDIA_IMAGES", "READ_MEDIA_VIDEO"][..];
    for (text, expected) in [
        ("READ_MEDIA_{IMAGES,VIDEO}", media),
        ("READ_MEDIA_{IMAGES, VIDEO}", media),
        ("READ_MEDIA_[IMAGES|VIDEO]", media),
        ("READ_MEDIA_(IMAGES/VIDEO)", media),
        ("READ_MEDIA_（IMAGES、VIDEO）", media),
        ("(READ|WRITE)_CONTACTS", &["READ_CONTACTS", "WRITE_CONTACTS"]),
        ("ACCESS_{FINE,COARSE}_LOCATION", &["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"]),
        ("android.permission.{READ,WRITE}_SMS", &["READ_SMS", "WRITE_SMS"]),
        ("android.permission.{CAMERA,READ_SMS}", &["CAMERA", "READ_SMS"]),
        ("BLUETOOTH(_ADMIN)", &["BLUETOOTH", "BLUETOOTH_ADMIN"]),
        ("BLUETOOTH[_SCAN/_CONNECT]", &["BLUETOOTH", "BLUETOOTH_SCAN", "BLUETOOTH_CONNECT"]),
        ("NSPhotoLibrary(Add)UsageDescription", &["i:NSPhotoLibrary", "i:NSPhotoLibraryAdd"]),
    ] {
        let platforms = if text.starts_with("NS") { [I] } else { [A] };
        let reading = read(text, &platforms);
        assert_eq!(short(&reading.permissions), expected, "{text}");
        assert!(reading.unknown.is_empty() && reading.ambiguities.is_empty(), "{text}");
    }
    let partly = read("READ_MEDIA_{IMAGES,VIDEOS}", &[A]);
    assert_eq!(short(&partly.permissions), ["READ_MEDIA_IMAGES"]);
    assert_eq!(partly.unknown.first().map(|unknown| unknown.written.as_str()), Some("READ_MEDIA_VIDEOS"));
    for text in ["READ_{A,B}_C", "com.example.permission.{A_B,C_D}", "READ_MEDIA_{*,IMAGES}_X"] {
        assert_eq!(discloses(text, &[A]), [] as [&str; 0], "{text}");
    }
    assert_eq!(discloses("CAMERA[1]", &[A]), ["CAMERA"]);
}

proptest::proptest! {
    /// Whatever is written in short, only names that the book has are disclosed, and none that its pieces do not make.
    #[test]
    fn what_is_written_in_short_discloses_only_names_of_the_book(
        text in "(READ|WRITE|ACCESS|BLUETOOTH|MEDIA|FINE|SMS|STATE|CAMERA|LOCATION|CONTACTS|SCAN|XX|[_*/{}()\\[\\],|. -]|…){1,12}"
    ) {
        let Some(reading) = Names::new(&Book).read(&Flow::plain(&text), &[A], false) else { return Ok(()) };
        for named in &reading.permissions {
            proptest::prop_assert!(Book.is_known(named.platform, &named.name), "{text}: {named:?}");
            let words = named.name.trim_start_matches("android.permission.").split('_');
            let group = reading.ambiguities.iter().any(|part| matches!(part, Ambiguity::Group(_)));
            let alias = text.contains("STATE") || text.contains("LOCATION");
            let open = text.contains(['*', '…']) || text.contains("XX") || text.contains("...");
            let made = words.clone().all(|word| text.contains(word));
            proptest::prop_assert!(made || open || group || alias, "{text}: {named:?}");
        }
    }
}

#[test]
fn small_words_in_code_are_identifiers() {
    assert_eq!(discloses("`storage`", &[A]), [] as [&str; 0]);
    assert_eq!(discloses("storage", &[A]), ["READ_EXTERNAL_STORAGE", "WRITE_EXTERNAL_STORAGE"]);
    assert_eq!(discloses("`Storage`", &[A]), ["READ_EXTERNAL_STORAGE", "WRITE_EXTERNAL_STORAGE"]);
    assert_eq!(discloses("`camera`", &[A]), ["CAMERA"]);
}

#[test]
fn a_name_and_its_noun_may_be_one_word_and_accents_may_be_missing() {
    for (text, expected) in [
        ("Kamerazugriff", &["CAMERA"][..]),
        ("Mikrofonberechtigung", &["RECORD_AUDIO"]),
        ("Benachrichtigungsberechtigung", &["POST_NOTIFICATIONS"]),
        ("Permissao de notificacoes", &["POST_NOTIFICATIONS"]),
        ("Camara", &["CAMERA"]),
        ("Доступ к камере", &["CAMERA"]),
    ] {
        assert_eq!(discloses(text, &[A]), expected, "{text}");
    }
    assert_eq!(discloses("Datenzugriff", &[A]), [] as [&str; 0]);
}

#[test]
fn a_word_beside_the_name_says_whether_it_is_required() {
    for (text, expected) in [
        ("[필수] 카메라", Some(true)),
        ("카메라 (선택)", Some(false)),
        ("Camera (optional)", Some(false)),
        ("カメラ（必須）", Some(true)),
        ("Camera", None),
    ] {
        assert_eq!(read(text, &[A]).required, expected, "{text}");
    }
}

#[test]
fn a_phrase_that_nobody_knows_is_no_name_that_it_contains() {
    for text in [
        "使用网络蓝牙权限",
        "查看网络",
        "读取消息通知",
        "修改蓝牙",
        "Camera roll",
        "存储位置",
        "Storage of payment data",
        "安装应用列表",
        "Phone contacts",
    ] {
        let reading = read(text, &[A]);
        assert_eq!(short(&reading.permissions), [] as [&str; 0], "{text}");
        assert!(!(reading.unknown.is_empty() && reading.ambiguities.is_empty()), "{text}");
    }
    assert_eq!(discloses("读取位置信息", &[A]), ["ACCESS_FINE_LOCATION", "ACCESS_COARSE_LOCATION"]);
    assert_eq!(discloses("发送通知", &[A]), ["POST_NOTIFICATIONS"]);
    assert_eq!(discloses("修改通讯录", &[A]), ["WRITE_CONTACTS"]);
    assert_eq!(discloses("接收短信", &[A]), ["RECEIVE_SMS"]);
}

#[test]
fn a_constant_beside_a_human_name_says_what_is_meant() {
    assert_eq!(discloses("Storage (READ_EXTERNAL_STORAGE)", &[A]), ["READ_EXTERNAL_STORAGE"]);
    assert_eq!(discloses("Camera Permission (android.permission.CAMERA)", &[]), ["CAMERA"]);
    assert_eq!(discloses("存储 READ_EXTERNAL_STORAG", &[A]), [] as [&str; 0]);
    assert_eq!(discloses("READ_PHONE_STATE (IMEI)", &[A]), ["READ_PHONE_STATE"]);
}

#[test]
fn platforms_come_from_a_suffix_and_stand_above_the_heading() {
    let reading = read("拍照权限Android", &[]);
    assert_eq!((short(&reading.permissions), reading.platforms), (vec!["CAMERA".to_owned()], vec![A]));
    let reading = read("Camera (iOS)", &[A]);
    assert_eq!((short(&reading.permissions), reading.platforms), (vec!["i:NSCamera".to_owned()], vec![I]));
    let names = Names::new(&Book);
    assert_eq!(names.read(&flow("Android"), &[], false), None);
    assert_eq!(names.read(&flow("权限"), &[], false), None);
}

#[test]
fn constants_of_another_platform_than_the_heading() {
    for (text, platform, own, suggested) in [
        ("android.permission.CAMERA", I, "CAMERA", Some("i:NSCamera")),
        ("NSCameraUsageDescription", A, "i:NSCamera", Some("CAMERA")),
        ("RECORD_AUDIO", H, "RECORD_AUDIO", Some("h:MICROPHONE")),
        ("VIBRATE", I, "VIBRATE", None),
    ] {
        let reading = read(text, &[platform]);
        assert_eq!((reading.permissions.len(), reading.resolution), (0, Resolution::Unknown), "{text}");
        assert_eq!(short(&reading.candidates), [own], "{text}");
        let first = reading.unknown.first().unwrap();
        assert_eq!(short(&first.suggestions).first().map(String::as_str), suggested, "{text}");
    }
}

#[test]
fn what_is_denied_or_struck_out_is_negated() {
    for text in [
        "CAMERA（已去除）",
        "相机（未使用）",
        "CAMERA (no longer used)",
        "~~CAMERA~~",
        "We do not use the camera",
        "不会访问通讯录",
        "我们不会获取相机、麦克风",
        "相机（如适用）",
    ] {
        let reading = read(text, &[A]);
        assert_eq!((reading.permissions.len(), reading.resolution), (0, Resolution::Negated), "{text}");
    }
    let reading = read("相机（未使用）、麦克风", &[A]);
    assert_eq!(
        (short(&reading.permissions), short(&reading.candidates)),
        (vec!["RECORD_AUDIO".to_owned()], vec!["CAMERA".to_owned()])
    );
    assert_eq!(discloses("~~CAMERA~~ RECORD_AUDIO", &[A]), ["RECORD_AUDIO"]);
}
