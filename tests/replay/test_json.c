/* Tests the writer of JSON, which puts commas, lines and brackets by itself. */
#include "replay/json.h"
#include "support/test.h"

#include "support/text_sink.h"

TEST(each_kind_of_value_is_written)
{
    struct json json = json_to(*sink_fresh());

    json_begin_object(&json, NULL);
    json_put_u64(&json, "u64", UINT64_MAX);
    json_put_i64(&json, "i32", -5);
    json_put_permille(&json, "permille", 345);
    json_put_millionths(&json, "millionths", 1234567);
    json_put_bool(&json, "yes", true);
    json_put_bool(&json, "no", false);
    json_put_null(&json, "null");
    json_put_optional(&json, "present", true, 7);
    json_put_optional(&json, "absent", false, 7);
    json_put_hex(&json, "hex", 0xabc, 4);
    json_put_string(&json, "string", "a \"b\"");
    json_put_string(&json, "none", NULL);
    json_put_text(&json, "text", "cut here", 3);
    json_end_object(&json);
    assert_string_equal(sink_text,
                        "{\"u64\": 18446744073709551615, \"i32\": -5, \"permille\": 0.345, "
                        "\"millionths\": 1.234567, \"yes\": true, \"no\": false, \"null\": null, "
                        "\"present\": 7, \"absent\": null, \"hex\": \"0abc\", "
                        "\"string\": \"a \\\"b\\\"\", \"none\": null, \"text\": \"cut\"}");
}

TEST(commas_stand_between_members_at_every_depth)
{
    struct json json = json_to(*sink_fresh());

    json_begin_list(&json, NULL);
    json_begin_object(&json, NULL);
    json_end_object(&json);
    json_begin_object(&json, NULL);
    json_begin_list(&json, "empty");
    json_end_list(&json);
    json_begin_list(&json, "two");
    json_put_u64(&json, NULL, 1);
    json_put_u64(&json, NULL, 2);
    json_end_list(&json);
    json_end_object(&json);
    json_put_null(&json, NULL);
    json_end_list(&json);
    assert_string_equal(sink_text, "[{}, {\"empty\": [], \"two\": [1, 2]}, null]");
}

TEST(a_new_line_takes_the_place_of_a_blank)
{
    struct json json = json_to(*sink_fresh());

    json_begin_list(&json, NULL);
    json_new_line(&json, 2);
    json_put_u64(&json, NULL, 1);
    json_new_line(&json, 2);
    json_put_u64(&json, NULL, 2);
    json_put_u64(&json, NULL, 3);
    json_new_line(&json, 0);
    json_end_list(&json);
    assert_string_equal(sink_text, "[\n  1,\n  2, 3\n]");
}
