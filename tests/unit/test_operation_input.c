/*
 * Wrong inputs and locks of an operations file, each with the exact lines that
 * it gives; quotation marks are single ones here, for the reader.
 */
#include <criterion/criterion.h>

#include "count.h"
#include "operation_file.h"

#define INPUT(property) FILE_OF(POST ",'input':{'properties':{" property "}}")
#define LOCK(name)                                                             \
    FILE_OF(POST                                                               \
            ",'input':{'required':['n','s'],'properties':{'n':{'type':"        \
            "'integer'},'s':{'type':'string','maxLength':36},'o':{'type':"     \
            "'boolean'},'long':{'type':'string','default':'a'},'far':{'type':" \
            "'string','maxLength':200,'default':'a'}}},'lock':{'name':'" name  \
            "'}")

static const struct wrong_file wrong_files[] = {
    {FILE_OF(POST ",'input':[]"), ".input: must be an object"},
    {FILE_OF(POST ",'input':{'propertys':{},'required':'a'}"),
     ".input.propertys: is not known here; do you mean properties?\n"
     ".input.properties: must be an object with 1 to 16 properties\n"
     ".input.required: must be an array of names of properties"},
    {FILE_OF(POST
             ",'input':{'properties':{'a':{'type':'string'}},'required':['a',"
             "'b','a',7]}"),
     ".input.required: b is no property\n"
     ".input.required: a is there twice\n"
     ".input.required: must hold names of properties only"},
    {INPUT("'Buyer':{'type':'string'},'_x':{'type':'string'}"),
     ".input.properties.Buyer: a property's name is 1 to 63 of a-z 0-9 _ and "
     "begins with a letter\n"
     ".input.properties._x: a property's name is 1 to 63 of a-z 0-9 _ and "
     "begins with a letter"},
    {INPUT("'a23456789a123456789a123456789a123456789a123456789a123456789a123':"
           "{'type':'string'},"
           "'b23456789a123456789a123456789a123456789a123456789a123456789a1234':"
           "{'type':'string'}"),
     ".input.properties.b23456789a123456789a123456789a123456789a123456789"
     "a123456789a: a property's name is 1 to 63 of a-z 0-9 _ and begins with "
     "a letter"},
    {INPUT("'lock':{'type':'string'},'outcome':{'type':'string'},"
           "'idempotency_key':{'type':'string'}"),
     ".input.properties.lock: is a name of the bouncer's own; choose another\n"
     ".input.properties.outcome: is a name of the bouncer's own; choose "
     "another\n"
     ".input.properties.idempotency_key: is a name of the bouncer's own; "
     "choose another"},
    {INPUT("'a':{},'b':{'type':'number'},'c':7"),
     ".input.properties.a.type: is required\n"
     ".input.properties.b.type: must be string, integer or boolean\n"
     ".input.properties.c: must be an object"},
    {INPUT("'a':{'type':'string','format':'email','maxlength':3}"),
     ".input.properties.a.format: is not known here\n"
     ".input.properties.a.maxlength: is not known here; do you mean "
     "maxLength?"},
    {INPUT("'a':{'type':'string','minimum':1},'b':{'type':'integer',"
           "'maxLength':1,'pattern':'a'},'c':{'type':'boolean','maximum':1,"
           "'minLength':1}"),
     ".input.properties.a.minimum: is for integers\n"
     ".input.properties.b.maxLength: is for strings\n"
     ".input.properties.b.pattern: is for strings\n"
     ".input.properties.c.maximum: is for integers\n"
     ".input.properties.c.minLength: is for strings"},
    {INPUT("'a':{'type':'integer','minimum':'1','maximum':1.5}"),
     ".input.properties.a.minimum: must be a whole number\n"
     ".input.properties.a.maximum: must be a whole number"},
    {INPUT("'a':{'type':'integer','minimum':2,'maximum':1},'b':{"
           "'type':'string','minLength':2,'maxLength':1}"),
     ".input.properties.a.maximum: is below minimum\n"
     ".input.properties.b.maxLength: is below minLength"},
    {INPUT("'a':{'type':'string','minLength':-1,'maxLength':65537}"),
     ".input.properties.a.minLength: must be a whole number from 0 to 65536\n"
     ".input.properties.a.maxLength: must be a whole number from 0 to 65536"},
    {INPUT("'a':{'type':'string','enum':[]},'b':{'type':'string','enum':'x'}"),
     ".input.properties.a.enum: must be an array of 1 to 64 values\n"
     ".input.properties.b.enum: must be an array of 1 to 64 values"},
    {INPUT("'a':{'type':'string','maxLength':2,'enum':['ab',7,'abc']},'b':{"
           "'type':'integer','enum':[1.0,1.5]}"),
     ".input.properties.a.enum[1]: must be a string of 0 to 2 characters\n"
     ".input.properties.a.enum[2]: must be a string of 0 to 2 characters\n"
     ".input.properties.b.enum[1]: must be a whole number"},
    {INPUT("'a':{'type':'integer','minimum':1,'maximum':10,'default':0},'b':{"
           "'type':'string','enum':['x','y'],'default':'z'},'c':{"
           "'type':'boolean','default':'true'},'d':{'type':'string',"
           "'pattern':'^[0-9]+$','default':'1x'},'e':{'type':'string',"
           "'default':null}"),
     ".input.properties.a.default: must be a whole number from 1 to 10\n"
     ".input.properties.b.default: must be one of x, y\n"
     ".input.properties.c.default: must be true or false\n"
     ".input.properties.d.default: must match the pattern ^[0-9]+$\n"
     ".input.properties.e.default: must be a string"},
    {FILE_OF(POST
             ",'input':{'required':['a'],'properties':{'a':{'type':'string',"
             "'default':'x'}}}"),
     ".input.properties.a.default: is never used, since the property is "
     "required"},
    {FILE_OF("'method':'GET','path':'/{a}'," CALL
             ",'input':{'properties':{'a':{'type':'string','default':'x'}}}"),
     ".input.properties.a.default: is never used, since the property is in "
     "the path"},

    /* ---- the lock ---- */
    {FILE_OF(POST ",'lock':'product:1'"), ".lock: must be an object"},
    {FILE_OF(POST ",'lock':{'fenced':1,'wait':8}"),
     ".lock.wait: is not known here\n"
     ".lock.name: is required\n"
     ".lock.fenced: must be true or false"},
    {FILE_OF(POST ",'lock':{'name':'a:','permits':0}"),
     ".lock.permits: must be a whole number from 1 to 32"},
    {FILE_OF(POST ",'lock':{'name':'a:','permits':33}"),
     ".lock.permits: must be a whole number from 1 to 32"},
    {FILE_OF(POST ",'lock':{'name':'a:','permits':true}"),
     ".lock.permits: must be a whole number from 1 to 32"},
    {FILE_OF(POST ",'lock':{'name':'key:x'}"),
     ".lock.name: may not begin with key:, which is the bouncer's own"},
    {FILE_OF(POST ",'lock':{'name':'a:','lease_s':0}"),
     ".lock.lease_s: must be a whole number from 1 to 3600"},
    {FILE_OF(POST ",'lock':{'name':'a:','lease_s':2}"),
     ".lock.lease_s: is too short for BOUNCER_KV_TIMEOUT_MS and "
     "BOUNCER_DB_TIMEOUT_MS: it must be 6 or more"},
    {LOCK("seat:{seatid}"), ".lock.name: {seatid} is no property of input"},
    {LOCK("seat"),
     ".lock.name: must begin with a word and a colon, as in seat:{seat_id}"},
    {LOCK("{s}:{n}"),
     ".lock.name: must begin with a word and a colon, as in seat:{seat_id}"},
    {LOCK("seat{s}:{n}"),
     ".lock.name: must begin with a word and a colon, as in seat:{seat_id}"},
    {LOCK(":{n}"),
     ".lock.name: must begin with a word and a colon, as in seat:{seat_id}"},
    {LOCK("key:{n}"),
     ".lock.name: may not begin with key:, which is the bouncer's own"},
    {LOCK("a:{n} {s}/{n"),
     ".lock.name: may hold A-Z a-z 0-9 : _ . - and {property}, but no ' '\n"
     ".lock.name: may hold A-Z a-z 0-9 : _ . - and {property}, but no '/'\n"
     ".lock.name: {n has no }"},
    {LOCK("a:{o}"),
     ".lock.name: {o} may be left out: make it required, or give it a default"},
    {LOCK("a:{long}"),
     ".lock.name: {long} needs a maxLength or an enum, since a lock's name is "
     "short"},
    {LOCK("a:{far}"), ".lock.name: may become 202 bytes long; 127 is the most"},
    {LOCK("a:{n}{s}{s}{s}{n}"),
     ".lock.name: may become 144 bytes long; 127 is the most"},
    {FILE_OF(POST
             ",'input':{'properties':{'size':{'type':'string','enum':['s','x "
             "l',''],'default':'m'}}},'lock':{'name':'shirt:{size}'}"),
     ".input.properties.size.enum[1]: may hold only A-Z a-z 0-9 _ . - , since "
     "it names a lock\n"
     ".input.properties.size.enum[2]: must be a string of 1 to 65536 "
     "characters"},
};

Test(operation_input, each_wrong_file_gives_its_mistakes)
{
    operation_file_expect(wrong_files, COUNT(wrong_files));
}
