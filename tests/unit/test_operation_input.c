#include <criterion/criterion.h>

#include "operation_file.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define INPUT(property) FILE_OF(POST ",'input':{'properties':{" property "}}")
#define LOCK(name)                                                             \
    FILE_OF(POST                                                               \
            ",'input':{'required':['n','s'],'properties':{'n':{'type':"        \
            "'integer'},'s':{'type':'string','maxLength':36},'o':{'type':"     \
            "'boolean'},'long':{'type':'string','default':'a'},'far':{'type':" \
            "'string','maxLength':200,'default':'a'}}},'lock':{'name':'" name  \
            "'}")
#define PROPERTY(place) AT(".input.properties." place)

static const struct wrong_file wrong_files[] =
    {
        /* ---- the input ---- */
        {FILE_OF(POST ",'input':[]"), AT(".input") "must be an object"},
        {FILE_OF(POST ",'input':{'propertys':{},'required':'a'}"),
         AT(".input.propertys") "is not known here; do you mean "
                                "properties?\n" AT(
                                    ".input.properties") "must be an object "
                                                         "with 1 to 16 "
                                                         "properties\n" AT(".in"
                                                                           "put"
                                                                           ".re"
                                                                           "qui"
                                                                           "re"
                                                                           "d") "must be an array of names of properties"},
        {FILE_OF(POST ",'input':{'properties':{'a':{'type':'string'}},"
                      "'required':['a','b','a',7]}"),
         AT(".input.required") "b is no property\n" AT(
             ".input.required") "a is there twice\n" AT(".input.required") "mus"
                                                                           "t "
                                                                           "hol"
                                                                           "d "
                                                                           "nam"
                                                                           "es "
                                                                           "of "
                                                                           "pro"
                                                                           "per"
                                                                           "t"
                                                                           "ies"
                                                                           " "
                                                                           "onl"
                                                                           "y"},
        {INPUT("'Buyer':{'type':'string'},'_x':{'type':'string'}"),
         PROPERTY(
             "Buyer") "a property's name is 1 to 63 of a-z 0-9 _ and begins "
                      "with a letter\n" PROPERTY(
                          "_x") "a property's name is 1 to 63 of a-z 0-9 _ "
                                "and begins "
                                "with a letter"},
        {INPUT("'lock':{'type':'string'},'outcome':{'type':'string'},"
               "'idempotency_key':{'type':'string'}"),
         PROPERTY(
             "lock") "is a name of the bouncer's own; choose "
                     "another\n" PROPERTY(
                         "outcome") "is a name of the bouncer's own; choose "
                                    "another\n" PROPERTY(
                                        "idempotency_key") "i"
                                                           "s"
                                                           " "
                                                           "a"
                                                           " "
                                                           "n"
                                                           "a"
                                                           "m"
                                                           "e"
                                                           " "
                                                           "o"
                                                           "f"
                                                           " "
                                                           "t"
                                                           "h"
                                                           "e"
                                                           " "
                                                           "b"
                                                           "o"
                                                           "u"
                                                           "n"
                                                           "c"
                                                           "e"
                                                           "r"
                                                           "'"
                                                           "s"
                                                           " "
                                                           "o"
                                                           "w"
                                                           "n"
                                                           ";"
                                                           " "
                                                           "c"
                                                           "h"
                                                           "o"
                                                           "o"
                                                           "s"
                                                           "e"
                                                           " "
                                                           "a"
                                                           "n"
                                                           "o"
                                                           "t"
                                                           "h"
                                                           "e"
                                                           "r"},
        {INPUT("'a':{},'b':{'type':'number'},'c':7"),
         PROPERTY("a.type") "is required\n" PROPERTY("b.type") "must be "
                                                               "string, "
                                                               "integer or "
                                                               "boolean"
                                                               "\n" PROPERTY(
                                                                   "c") "must "
                                                                        "be an "
                                                                        "objec"
                                                                        "t"},
        {INPUT("'a':{'type':'string','format':'email','maxlength':3}"),
         PROPERTY("a.format") "is not known here\n" PROPERTY(
             "a.maxlength") "is not known here; do you mean maxLength?"},
        {INPUT("'a':{'type':'string','minimum':1},'b':{'type':'integer',"
               "'maxLength':1,'pattern':'a'},'c':{'type':'boolean','maximum':1,"
               "'minLength':1}"),
         PROPERTY("a.minimum") "is for integers\n" PROPERTY(
             "b.maxLength") "is for strings\n" PROPERTY("b.pattern") "is for "
                                                                     "strings"
                                                                     "\n" PROPERTY("c.maximum") "is for integers\n" PROPERTY(
                                                                         "c."
                                                                         "minLe"
                                                                         "ngth") "is for strings"},
        {INPUT("'a':{'type':'integer','minimum':'1','maximum':1.5}"),
         PROPERTY("a.minimum") "must be a whole number\n" PROPERTY(
             "a.maximum") "must be a whole number"},
        {INPUT("'a':{'type':'integer','minimum':2,'maximum':1},"
               "'b':{'type':'string','minLength':2,'maxLength':1}"),
         PROPERTY("a.maximum") "is below minimum\n" PROPERTY(
             "b.maxLength") "is below minLength"},
        {INPUT("'a':{'type':'string','minLength':-1,'maxLength':65537}"),
         PROPERTY(
             "a.minLength") "must be a whole number from 0 to "
                            "65536\n" PROPERTY(
                                "a.maxLength") "must be a whole number from 0 "
                                               "to 65536"},
        {INPUT("'a':{'type':'string','enum':[]},'b':{'type':'string','enum':'x'"
               "}"),
         PROPERTY("a.enum") "must be an array of 1 to 64 values\n" PROPERTY(
             "b.enum") "must be an array of 1 to 64 values"},
        {INPUT("'a':{'type':'string','maxLength':2,'enum':['ab',7,'abc']},"
               "'b':{'type':'integer','enum':[1.0,1.5]}"),
         PROPERTY("a.enum[1]") "must be a string of 0 to 2 "
                               "characters\n" PROPERTY(
                                   "a.enum[2]") "must be a string of 0 to 2 "
                                                "characters\n" PROPERTY("b."
                                                                        "enum["
                                                                        "1]") "must be a whole number"},
        {INPUT("'a':{'type':'integer','minimum':1,'maximum':10,'default':0},"
               "'b':{'type':'string','enum':['x','y'],'default':'z'},"
               "'c':{'type':'boolean','default':'true'},"
               "'d':{'type':'string','pattern':'^[0-9]+$','default':'1x'},"
               "'e':{'type':'string','default':null}"),
         PROPERTY("a.default") "must be a whole number from 1 to 10\n" PROPERTY(
             "b."
             "de"
             "fa"
             "ul"
             "t") "must be one of x, y\n" PROPERTY("c.default") "must be true "
                                                                "or "
                                                                "false"
                                                                "\n" PROPERTY("d.default") "must "
                                                                                           "match "
                                                                                           "the "
                                                                                           "pattern "
                                                                                           "^[0-9]+$"
                                                                                           "\n" PROPERTY(
                                                                                               "e.default") "must be a string"},
        {FILE_OF(POST ",'input':{'required':['a'],'properties':{'a':{'type':"
                      "'string','default':'x'}}}"),
         PROPERTY("a.default") "is never used, since the property is required"},
        {FILE_OF(
             "'method':'GET','path':'/{a}'," CALL
             ",'input':{'properties':{'a':{'type':'string','default':'x'}}}"),
         PROPERTY(
             "a.default") "is never used, since the property is in the path"},

        /* ---- the lock ---- */
        {FILE_OF(POST ",'lock':'product:1'"), AT(".lock") "must be an object"},
        {FILE_OF(POST ",'lock':{'fenced':1,'permits':8}"),
         AT(".lock.permits") "is not known here\n" AT(
             ".lock.name") "is required\n" AT(".lock.fenced") "must be true or "
                                                              "false"},
        {FILE_OF(POST ",'lock':{'name':'a:','lease_s':0}"),
         AT(".lock.lease_s") "must be a whole number from 1 to 3600"},
        {FILE_OF(POST ",'lock':{'name':'a:','lease_s':2}"),
         AT(".lock.lease_s") "is too short for BOUNCER_KV_TIMEOUT_MS and "
                             "BOUNCER_DB_TIMEOUT_MS: it must be 6 or more"},
        {LOCK("seat:{seatid}"),
         AT(".lock.name") "{seatid} is no property of input"},
        {LOCK("seat"),
         AT(".lock.name") "must begin with a word and a colon, as in "
                          "seat:{seat_id}"},
        {LOCK("{s}:{n}"),
         AT(".lock.name") "must begin with a word and a colon, as in "
                          "seat:{seat_id}"},
        {LOCK("seat{s}:{n}"),
         AT(".lock.name") "must begin with a word and a colon, as in "
                          "seat:{seat_id}"},
        {LOCK(":{n}"),
         AT(".lock.name") "must begin with a word and a colon, as in "
                          "seat:{seat_id}"},
        {LOCK("key:{n}"), AT(".lock.name") "may not begin with key:, which is "
                                           "the bouncer's own"},
        {LOCK("a:{n} {s}/{n"),
         AT(".lock.name") "may hold A-Z a-z 0-9 : _ . - and {property}, but "
                          "no ' '\n" AT(
                              ".lock.name") "may hold A-Z a-z 0-9 : _ . - and "
                                            "{property}, but "
                                            "no '/'\n" AT(
                                                ".lock.name") "{n has no }"},
        {LOCK("a:{o}"),
         AT(".lock.name") "{o} may be left out: make it required, or give it a "
                          "default"},
        {LOCK("a:{long}"),
         AT(".lock.name") "{long} needs a maxLength or an enum, since a lock's "
                          "name is short"},
        {LOCK("a:{far}"),
         AT(".lock.name") "may become 202 bytes long; 127 is the most"},
        {LOCK("a:{n}{s}{s}{s}{n}"),
         AT(".lock.name") "may become 144 bytes long; 127 is the most"},
        {FILE_OF(POST ",'input':{'properties':{'size':{'type':'string','enum':"
                      "['s','x l',''],'default':'m'}}},"
                      "'lock':{'name':'shirt:{size}'}"),
         PROPERTY("size.enum[1]") "may hold only A-Z a-z 0-9 _ . - , since it "
                                  "names a lock\n" PROPERTY(
                                      "size.enum[2]") "must be a string of 1 "
                                                      "to 65536 "
                                                      "characters\n" AT(
                                                          ".lock.name") "{"
                                                                        "s"
                                                                        "i"
                                                                        "z"
                                                                        "e"
                                                                        "}"
                                                                        " "
                                                                        "n"
                                                                        "e"
                                                                        "e"
                                                                        "d"
                                                                        "s"
                                                                        " "
                                                                        "a"
                                                                        " "
                                                                        "m"
                                                                        "a"
                                                                        "x"
                                                                        "L"
                                                                        "e"
                                                                        "n"
                                                                        "g"
                                                                        "t"
                                                                        "h"
                                                                        " "
                                                                        "o"
                                                                        "r"
                                                                        " "
                                                                        "a"
                                                                        "n"
                                                                        " "
                                                                        "e"
                                                                        "n"
                                                                        "u"
                                                                        "m"
                                                                        ","
                                                                        " "
                                                                        "s"
                                                                        "i"
                                                                        "n"
                                                                        "c"
                                                                        "e"
                                                                        " "
                                                                        "a"
                                                                        " "
                                                                        "l"
                                                                        "o"
                                                                        "c"
                                                                        "k"
                                                                        "'"
                                                                        "s"
                                                                        " "
                                                                        "n"
                                                                        "a"
                                                                        "m"
                                                                        "e"
                                                                        " "
                                                                        "i"
                                                                        "s"
                                                                        " "
                                                                        "s"
                                                                        "h"
                                                                        "o"
                                                                        "r"
                                                                        "t"},
};

Test(operation_input, each_wrong_file_gives_its_mistakes)
{
    operation_file_expect(wrong_files, COUNT(wrong_files));
}
