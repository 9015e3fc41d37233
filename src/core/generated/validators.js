// Made from schemas/ by `npm run generate`: do not edit.
var be=(o,i)=>()=>{try{return i||o((i={exports:{}}).exports,i),i.exports}catch(c){throw i=0,c}};var ee=be(_=>{"use strict";Object.defineProperty(_,"__esModule",{value:!0});function J(o){let i=o.length,c=0,d=0,f;for(;d<
i;)c++,f=o.charCodeAt(d++),f>=55296&&f<=56319&&d<i&&(f=o.charCodeAt(d),(f&64512)===56320&&d++);return c}_.default=J;J.code=
'require("ajv/dist/runtime/ucs2length").default'});import{formats as y}from"../parse/formats.ts";var _e=ue,j={$id:"host.schema.json",type:"object",additionalProperties:!1,
required:["uplink","addresses"],properties:{uplink:{type:"object",additionalProperties:!1,required:["interface"],properties:{
interface:{$ref:"#/definitions/interface-name"},gateway:{$ref:"#/definitions/ip"}}},addresses:{type:"object",minProperties:1,
maxProperties:1024,propertyNames:{format:"address-name"},additionalProperties:{$ref:"#/definitions/address"}},networks:{
type:"object",maxProperties:256,propertyNames:{format:"network-name"},additionalProperties:{$ref:"#/definitions/network"}},
listens:{type:"array",items:{type:"string",format:"listen"},maxItems:1e3},toolstack:{type:"string",enum:["xl","netns"]},
timezone:{type:"string",format:"timezone"},guestDefaults:{type:"object",additionalProperties:!1,properties:{owner:{$ref:"\
#/definitions/line"},memory:{type:"integer",minimum:4,maximum:16777216},vcpus:{type:"integer",minimum:1,maximum:512},type:{
type:"string",enum:["pv","pvh","hvm"]},boot:{$ref:"#/definitions/boot"},autostart:{type:"boolean"},restart:{type:"string",
enum:["allowed","never"]},options:{$ref:"#/definitions/options"}}},routes:{type:"array",maxItems:1e3,items:{type:"object",
additionalProperties:!1,required:["to","via"],properties:{to:{$ref:"#/definitions/cidr"},via:{$ref:"#/definitions/ip"}}}},
sysctl:{type:"object",maxProperties:1e3,propertyNames:{format:"sysctl-name"},additionalProperties:{type:["integer","stri\
ng"],format:"line",maxLength:200}}},definitions:{line:{type:"string",format:"line",maxLength:200},"interface-name":{type:"\
string",format:"interface-name"},ip:{type:"string",format:"ip"},cidr:{type:"string",format:"cidr"},address:{type:["strin\
g","object"],format:"address-ip",additionalProperties:!1,required:["ip"],properties:{ip:{type:["string","array"],format:"\
address-ip",items:{type:"string",format:"address-ip"},minItems:1,maxItems:2},mac:{type:"string",format:"mac"},reached:{type:"\
string",enum:["arp","mac","route"]},interface:{$ref:"#/definitions/interface-name"}}},network:{type:"object",additionalProperties:!1,
required:["bridge","subnet"],properties:{bridge:{$ref:"#/definitions/interface-name"},subnet:{type:["string","array"],format:"\
cidr",items:{$ref:"#/definitions/cidr"},minItems:1,maxItems:16},gateway:{type:["string","array"],format:"ip",items:{$ref:"\
#/definitions/ip"},minItems:1,maxItems:2},snat:{type:"string",format:"snat"},hairpin:{type:"boolean"}}},boot:{type:"obje\
ct",additionalProperties:!1,properties:{bootloader:{type:"string",format:"line",maxLength:200},kernel:{type:"string",format:"\
path"},ramdisk:{type:"string",format:"path"},cmdline:{type:"string",format:"line",maxLength:1e3},root:{type:"string",format:"\
line",maxLength:200},extra:{type:"string",format:"line",maxLength:1e3},firmware:{type:"string",enum:["bios","seabios","r\
ombios","uefi","ovmf"]},order:{type:"string",format:"boot-order"}}},options:{type:"object",propertyNames:{format:"option\
-name"},additionalProperties:{type:["integer","string","array"],format:"line",maxLength:1e3,items:{type:["integer","stri\
ng"],format:"line",maxLength:1e3},maxItems:100},maxProperties:100}}},Z=Object.prototype.hasOwnProperty,g=ee().default;var xe=y["interface-name"];function x(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,
s=0;if(typeof o=="string"){if(!xe(o)){let r={instancePath:i,schemaPath:"#/format",keyword:"format",params:{format:"inter\
face-name"}};e===null?e=[r]:e.push(r),s++}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"s\
tring"}};e===null?e=[r]:e.push(r),s++}return x.errors=e,s===0}var pe=y.ip;function P(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(typeof o==
"string"){if(!pe(o)){let r={instancePath:i,schemaPath:"#/format",keyword:"format",params:{format:"ip"}};e===null?e=[r]:e.
push(r),s++}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"string"}};e===null?e=[r]:e.push(
r),s++}return P.errors=e,s===0}var B={type:["string","object"],format:"address-ip",additionalProperties:!1,required:["ip"],
properties:{ip:{type:["string","array"],format:"address-ip",items:{type:"string",format:"address-ip"},minItems:1,maxItems:2},
mac:{type:"string",format:"mac"},reached:{type:"string",enum:["arp","mac","route"]},interface:{$ref:"#/definitions/inter\
face-name"}}},Q=y["address-ip"],le=y.mac;function q(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){
let e=null,s=0;if(typeof o!="string"&&!(o&&typeof o=="object"&&!Array.isArray(o))){let r={instancePath:i,schemaPath:"#/t\
ype",keyword:"type",params:{type:B.type}};e===null?e=[r]:e.push(r),s++}if(typeof o=="string"&&!Q(o)){let r={instancePath:i,
schemaPath:"#/format",keyword:"format",params:{format:"address-ip"}};e===null?e=[r]:e.push(r),s++}if(o&&typeof o=="objec\
t"&&!Array.isArray(o)){if(o.ip===void 0){let r={instancePath:i,schemaPath:"#/required",keyword:"required",params:{missingProperty:"\
ip"}};e===null?e=[r]:e.push(r),s++}for(let r in o)if(!(r==="ip"||r==="mac"||r==="reached"||r==="interface")){let t={instancePath:i,
schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:r}};e===null?e=[t]:e.push(
t),s++}if(o.ip!==void 0){let r=o.ip;if(typeof r!="string"&&!Array.isArray(r)){let t={instancePath:i+"/ip",schemaPath:"#/\
properties/ip/type",keyword:"type",params:{type:B.properties.ip.type}};e===null?e=[t]:e.push(t),s++}if(typeof r=="string"&&
!Q(r)){let t={instancePath:i+"/ip",schemaPath:"#/properties/ip/format",keyword:"format",params:{format:"address-ip"}};e===
null?e=[t]:e.push(t),s++}if(Array.isArray(r)){if(r.length>2){let a={instancePath:i+"/ip",schemaPath:"#/properties/ip/max\
Items",keyword:"maxItems",params:{limit:2}};e===null?e=[a]:e.push(a),s++}if(r.length<1){let a={instancePath:i+"/ip",schemaPath:"\
#/properties/ip/minItems",keyword:"minItems",params:{limit:1}};e===null?e=[a]:e.push(a),s++}let t=r.length;for(let a=0;a<
t;a++){let p=r[a];if(typeof p=="string"){if(!Q(p)){let n={instancePath:i+"/ip/"+a,schemaPath:"#/properties/ip/items/form\
at",keyword:"format",params:{format:"address-ip"}};e===null?e=[n]:e.push(n),s++}}else{let n={instancePath:i+"/ip/"+a,schemaPath:"\
#/properties/ip/items/type",keyword:"type",params:{type:"string"}};e===null?e=[n]:e.push(n),s++}}}}if(o.mac!==void 0){let r=o.
mac;if(typeof r=="string"){if(!le(r)){let t={instancePath:i+"/mac",schemaPath:"#/properties/mac/format",keyword:"format",
params:{format:"mac"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/mac",schemaPath:"#/properties/mac/type",
keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.reached!==void 0){let r=o.reached;if(typeof r!=
"string"){let t={instancePath:i+"/reached",schemaPath:"#/properties/reached/type",keyword:"type",params:{type:"string"}};
e===null?e=[t]:e.push(t),s++}if(!(r==="arp"||r==="mac"||r==="route")){let t={instancePath:i+"/reached",schemaPath:"#/pro\
perties/reached/enum",keyword:"enum",params:{allowedValues:B.properties.reached.enum}};e===null?e=[t]:e.push(t),s++}}o.interface!==
void 0&&(x(o.interface,{instancePath:i+"/interface",parentData:o,parentDataProperty:"interface",rootData:f})||(e=e===null?
x.errors:e.concat(x.errors),s=e.length))}return q.errors=e,s===0}var re={type:"object",additionalProperties:!1,required:[
"bridge","subnet"],properties:{bridge:{$ref:"#/definitions/interface-name"},subnet:{type:["string","array"],format:"cidr",
items:{$ref:"#/definitions/cidr"},minItems:1,maxItems:16},gateway:{type:["string","array"],format:"ip",items:{$ref:"#/de\
finitions/ip"},minItems:1,maxItems:2},snat:{type:"string",format:"snat"},hairpin:{type:"boolean"}}};var me=y.cidr;function I(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(typeof o==
"string"){if(!me(o)){let r={instancePath:i,schemaPath:"#/format",keyword:"format",params:{format:"cidr"}};e===null?e=[r]:
e.push(r),s++}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"string"}};e===null?e=[r]:e.push(
r),s++}return I.errors=e,s===0}var ve=y.snat;function T(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){
let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){if(o.bridge===void 0){let r={instancePath:i,schemaPath:"#/re\
quired",keyword:"required",params:{missingProperty:"bridge"}};e===null?e=[r]:e.push(r),s++}if(o.subnet===void 0){let r={
instancePath:i,schemaPath:"#/required",keyword:"required",params:{missingProperty:"subnet"}};e===null?e=[r]:e.push(r),s++}
for(let r in o)if(!(r==="bridge"||r==="subnet"||r==="gateway"||r==="snat"||r==="hairpin")){let t={instancePath:i,schemaPath:"\
#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:r}};e===null?e=[t]:e.push(t),s++}if(o.
bridge!==void 0&&(x(o.bridge,{instancePath:i+"/bridge",parentData:o,parentDataProperty:"bridge",rootData:f})||(e=e===null?
x.errors:e.concat(x.errors),s=e.length)),o.subnet!==void 0){let r=o.subnet;if(typeof r!="string"&&!Array.isArray(r)){let t={
instancePath:i+"/subnet",schemaPath:"#/properties/subnet/type",keyword:"type",params:{type:re.properties.subnet.type}};e===
null?e=[t]:e.push(t),s++}if(typeof r=="string"&&!me(r)){let t={instancePath:i+"/subnet",schemaPath:"#/properties/subnet/\
format",keyword:"format",params:{format:"cidr"}};e===null?e=[t]:e.push(t),s++}if(Array.isArray(r)){if(r.length>16){let a={
instancePath:i+"/subnet",schemaPath:"#/properties/subnet/maxItems",keyword:"maxItems",params:{limit:16}};e===null?e=[a]:
e.push(a),s++}if(r.length<1){let a={instancePath:i+"/subnet",schemaPath:"#/properties/subnet/minItems",keyword:"minItems",
params:{limit:1}};e===null?e=[a]:e.push(a),s++}let t=r.length;for(let a=0;a<t;a++)I(r[a],{instancePath:i+"/subnet/"+a,parentData:r,
parentDataProperty:a,rootData:f})||(e=e===null?I.errors:e.concat(I.errors),s=e.length)}}if(o.gateway!==void 0){let r=o.gateway;
if(typeof r!="string"&&!Array.isArray(r)){let t={instancePath:i+"/gateway",schemaPath:"#/properties/gateway/type",keyword:"\
type",params:{type:re.properties.gateway.type}};e===null?e=[t]:e.push(t),s++}if(typeof r=="string"&&!pe(r)){let t={instancePath:i+
"/gateway",schemaPath:"#/properties/gateway/format",keyword:"format",params:{format:"ip"}};e===null?e=[t]:e.push(t),s++}
if(Array.isArray(r)){if(r.length>2){let a={instancePath:i+"/gateway",schemaPath:"#/properties/gateway/maxItems",keyword:"\
maxItems",params:{limit:2}};e===null?e=[a]:e.push(a),s++}if(r.length<1){let a={instancePath:i+"/gateway",schemaPath:"#/p\
roperties/gateway/minItems",keyword:"minItems",params:{limit:1}};e===null?e=[a]:e.push(a),s++}let t=r.length;for(let a=0;a<
t;a++)P(r[a],{instancePath:i+"/gateway/"+a,parentData:r,parentDataProperty:a,rootData:f})||(e=e===null?P.errors:e.concat(
P.errors),s=e.length)}}if(o.snat!==void 0){let r=o.snat;if(typeof r=="string"){if(!ve(r)){let t={instancePath:i+"/snat",
schemaPath:"#/properties/snat/format",keyword:"format",params:{format:"snat"}};e===null?e=[t]:e.push(t),s++}}else{let t={
instancePath:i+"/snat",schemaPath:"#/properties/snat/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(
t),s++}}if(o.hairpin!==void 0&&typeof o.hairpin!="boolean"){let r={instancePath:i+"/hairpin",schemaPath:"#/properties/ha\
irpin/type",keyword:"type",params:{type:"boolean"}};e===null?e=[r]:e.push(r),s++}}else{let r={instancePath:i,schemaPath:"\
#/type",keyword:"type",params:{type:"object"}};e===null?e=[r]:e.push(r),s++}return T.errors=e,s===0}var k=y.line;function F(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(typeof o==
"string"){if(g(o)>200){let r={instancePath:i,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit:200}};e===null?e=
[r]:e.push(r),s++}if(!k(o)){let r={instancePath:i,schemaPath:"#/format",keyword:"format",params:{format:"line"}};e===null?
e=[r]:e.push(r),s++}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"string"}};e===null?e=[r]:
e.push(r),s++}return F.errors=e,s===0}var De={type:"object",additionalProperties:!1,properties:{bootloader:{type:"string",
format:"line",maxLength:200},kernel:{type:"string",format:"path"},ramdisk:{type:"string",format:"path"},cmdline:{type:"s\
tring",format:"line",maxLength:1e3},root:{type:"string",format:"line",maxLength:200},extra:{type:"string",format:"line",
maxLength:1e3},firmware:{type:"string",enum:["bios","seabios","rombios","uefi","ovmf"]},order:{type:"string",format:"boo\
t-order"}}},w=y.path,fe=y["boot-order"];function O(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){
let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){for(let r in o)if(!(r==="bootloader"||r==="kernel"||r==="ram\
disk"||r==="cmdline"||r==="root"||r==="extra"||r==="firmware"||r==="order")){let t={instancePath:i,schemaPath:"#/additio\
nalProperties",keyword:"additionalProperties",params:{additionalProperty:r}};e===null?e=[t]:e.push(t),s++}if(o.bootloader!==
void 0){let r=o.bootloader;if(typeof r=="string"){if(g(r)>200){let t={instancePath:i+"/bootloader",schemaPath:"#/propert\
ies/bootloader/maxLength",keyword:"maxLength",params:{limit:200}};e===null?e=[t]:e.push(t),s++}if(!k(r)){let t={instancePath:i+
"/bootloader",schemaPath:"#/properties/bootloader/format",keyword:"format",params:{format:"line"}};e===null?e=[t]:e.push(
t),s++}}else{let t={instancePath:i+"/bootloader",schemaPath:"#/properties/bootloader/type",keyword:"type",params:{type:"\
string"}};e===null?e=[t]:e.push(t),s++}}if(o.kernel!==void 0){let r=o.kernel;if(typeof r=="string"){if(!w(r)){let t={instancePath:i+
"/kernel",schemaPath:"#/properties/kernel/format",keyword:"format",params:{format:"path"}};e===null?e=[t]:e.push(t),s++}}else{
let t={instancePath:i+"/kernel",schemaPath:"#/properties/kernel/type",keyword:"type",params:{type:"string"}};e===null?e=
[t]:e.push(t),s++}}if(o.ramdisk!==void 0){let r=o.ramdisk;if(typeof r=="string"){if(!w(r)){let t={instancePath:i+"/ramdi\
sk",schemaPath:"#/properties/ramdisk/format",keyword:"format",params:{format:"path"}};e===null?e=[t]:e.push(t),s++}}else{
let t={instancePath:i+"/ramdisk",schemaPath:"#/properties/ramdisk/type",keyword:"type",params:{type:"string"}};e===null?
e=[t]:e.push(t),s++}}if(o.cmdline!==void 0){let r=o.cmdline;if(typeof r=="string"){if(g(r)>1e3){let t={instancePath:i+"/\
cmdline",schemaPath:"#/properties/cmdline/maxLength",keyword:"maxLength",params:{limit:1e3}};e===null?e=[t]:e.push(t),s++}
if(!k(r)){let t={instancePath:i+"/cmdline",schemaPath:"#/properties/cmdline/format",keyword:"format",params:{format:"lin\
e"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/cmdline",schemaPath:"#/properties/cmdline/type",keyword:"\
type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.root!==void 0){let r=o.root;if(typeof r=="string"){if(g(
r)>200){let t={instancePath:i+"/root",schemaPath:"#/properties/root/maxLength",keyword:"maxLength",params:{limit:200}};e===
null?e=[t]:e.push(t),s++}if(!k(r)){let t={instancePath:i+"/root",schemaPath:"#/properties/root/format",keyword:"format",
params:{format:"line"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/root",schemaPath:"#/properties/root/t\
ype",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.extra!==void 0){let r=o.extra;if(typeof r==
"string"){if(g(r)>1e3){let t={instancePath:i+"/extra",schemaPath:"#/properties/extra/maxLength",keyword:"maxLength",params:{
limit:1e3}};e===null?e=[t]:e.push(t),s++}if(!k(r)){let t={instancePath:i+"/extra",schemaPath:"#/properties/extra/format",
keyword:"format",params:{format:"line"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/extra",schemaPath:"#\
/properties/extra/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.firmware!==void 0){let r=o.
firmware;if(typeof r!="string"){let t={instancePath:i+"/firmware",schemaPath:"#/properties/firmware/type",keyword:"type",
params:{type:"string"}};e===null?e=[t]:e.push(t),s++}if(!(r==="bios"||r==="seabios"||r==="rombios"||r==="uefi"||r==="ovm\
f")){let t={instancePath:i+"/firmware",schemaPath:"#/properties/firmware/enum",keyword:"enum",params:{allowedValues:De.properties.
firmware.enum}};e===null?e=[t]:e.push(t),s++}}if(o.order!==void 0){let r=o.order;if(typeof r=="string"){if(!fe(r)){let t={
instancePath:i+"/order",schemaPath:"#/properties/order/format",keyword:"format",params:{format:"boot-order"}};e===null?e=
[t]:e.push(t),s++}}else{let t={instancePath:i+"/order",schemaPath:"#/properties/order/type",keyword:"type",params:{type:"\
string"}};e===null?e=[t]:e.push(t),s++}}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"obj\
ect"}};e===null?e=[r]:e.push(r),s++}return O.errors=e,s===0}var te={type:"object",propertyNames:{format:"option-name"},additionalProperties:{
type:["integer","string","array"],format:"line",maxLength:1e3,items:{type:["integer","string"],format:"line",maxLength:1e3},
maxItems:100},maxProperties:100},ye=y["option-name"];function E(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){
let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){if(Object.keys(o).length>100){let t={instancePath:i,schemaPath:"\
#/maxProperties",keyword:"maxProperties",params:{limit:100}};e===null?e=[t]:e.push(t),s++}for(let t in o){let a=s;if(typeof t==
"string"&&!ye(t)){let p={instancePath:i,schemaPath:"#/propertyNames/format",keyword:"format",params:{format:"option-name"},
propertyName:t};e===null?e=[p]:e.push(p),s++}var r=a===s;if(!r){let p={instancePath:i,schemaPath:"#/propertyNames",keyword:"\
propertyNames",params:{propertyName:t}};e===null?e=[p]:e.push(p),s++}}for(let t in o){let a=o[t];if(!(typeof a=="number"&&
!(a%1)&&!isNaN(a)&&isFinite(a))&&typeof a!="string"&&!Array.isArray(a)){let p={instancePath:i+"/"+t.replace(/~/g,"~0").replace(
/\//g,"~1"),schemaPath:"#/additionalProperties/type",keyword:"type",params:{type:te.additionalProperties.type}};e===null?
e=[p]:e.push(p),s++}if(typeof a=="string"){if(g(a)>1e3){let p={instancePath:i+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1"),
schemaPath:"#/additionalProperties/maxLength",keyword:"maxLength",params:{limit:1e3}};e===null?e=[p]:e.push(p),s++}if(!k(
a)){let p={instancePath:i+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/additionalProperties/format",keyword:"\
format",params:{format:"line"}};e===null?e=[p]:e.push(p),s++}}if(Array.isArray(a)){if(a.length>100){let n={instancePath:i+
"/"+t.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/additionalProperties/maxItems",keyword:"maxItems",params:{limit:100}};
e===null?e=[n]:e.push(n),s++}let p=a.length;for(let n=0;n<p;n++){let l=a[n];if(!(typeof l=="number"&&!(l%1)&&!isNaN(l)&&
isFinite(l))&&typeof l!="string"){let m={instancePath:i+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1")+"/"+n,schemaPath:"#\
/additionalProperties/items/type",keyword:"type",params:{type:te.additionalProperties.items.type}};e===null?e=[m]:e.push(
m),s++}if(typeof l=="string"){if(g(l)>1e3){let m={instancePath:i+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1")+"/"+n,schemaPath:"\
#/additionalProperties/items/maxLength",keyword:"maxLength",params:{limit:1e3}};e===null?e=[m]:e.push(m),s++}if(!k(l)){let m={
instancePath:i+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1")+"/"+n,schemaPath:"#/additionalProperties/items/format",keyword:"\
format",params:{format:"line"}};e===null?e=[m]:e.push(m),s++}}}}}}else{let t={instancePath:i,schemaPath:"#/type",keyword:"\
type",params:{type:"object"}};e===null?e=[t]:e.push(t),s++}return E.errors=e,s===0}var L=y["address-name"],de=y["network\
-name"],ce=y.listen,he=y.timezone,Ae=y["sysctl-name"];function ue(o,{instancePath:i="",parentData:c,parentDataProperty:d,
rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){if(o.uplink===void 0){let p={instancePath:i,
schemaPath:"#/required",keyword:"required",params:{missingProperty:"uplink"}};e===null?e=[p]:e.push(p),s++}if(o.addresses===
void 0){let p={instancePath:i,schemaPath:"#/required",keyword:"required",params:{missingProperty:"addresses"}};e===null?
e=[p]:e.push(p),s++}for(let p in o)if(!Z.call(j.properties,p)){let n={instancePath:i,schemaPath:"#/additionalProperties",
keyword:"additionalProperties",params:{additionalProperty:p}};e===null?e=[n]:e.push(n),s++}if(o.uplink!==void 0){let p=o.
uplink;if(p&&typeof p=="object"&&!Array.isArray(p)){if(p.interface===void 0){let n={instancePath:i+"/uplink",schemaPath:"\
#/properties/uplink/required",keyword:"required",params:{missingProperty:"interface"}};e===null?e=[n]:e.push(n),s++}for(let n in p)
if(!(n==="interface"||n==="gateway")){let l={instancePath:i+"/uplink",schemaPath:"#/properties/uplink/additionalProperti\
es",keyword:"additionalProperties",params:{additionalProperty:n}};e===null?e=[l]:e.push(l),s++}p.interface!==void 0&&(x(
p.interface,{instancePath:i+"/uplink/interface",parentData:p,parentDataProperty:"interface",rootData:f})||(e=e===null?x.
errors:e.concat(x.errors),s=e.length)),p.gateway!==void 0&&(P(p.gateway,{instancePath:i+"/uplink/gateway",parentData:p,parentDataProperty:"\
gateway",rootData:f})||(e=e===null?P.errors:e.concat(P.errors),s=e.length))}else{let n={instancePath:i+"/uplink",schemaPath:"\
#/properties/uplink/type",keyword:"type",params:{type:"object"}};e===null?e=[n]:e.push(n),s++}}if(o.addresses!==void 0){
let p=o.addresses;if(p&&typeof p=="object"&&!Array.isArray(p)){if(Object.keys(p).length>1024){let n={instancePath:i+"/ad\
dresses",schemaPath:"#/properties/addresses/maxProperties",keyword:"maxProperties",params:{limit:1024}};e===null?e=[n]:e.
push(n),s++}if(Object.keys(p).length<1){let n={instancePath:i+"/addresses",schemaPath:"#/properties/addresses/minPropert\
ies",keyword:"minProperties",params:{limit:1}};e===null?e=[n]:e.push(n),s++}for(let n in p){let l=s;if(typeof n=="string"&&
!L(n)){let m={instancePath:i+"/addresses",schemaPath:"#/properties/addresses/propertyNames/format",keyword:"format",params:{
format:"address-name"},propertyName:n};e===null?e=[m]:e.push(m),s++}var r=l===s;if(!r){let m={instancePath:i+"/addresses",
schemaPath:"#/properties/addresses/propertyNames",keyword:"propertyNames",params:{propertyName:n}};e===null?e=[m]:e.push(
m),s++}}for(let n in p)q(p[n],{instancePath:i+"/addresses/"+n.replace(/~/g,"~0").replace(/\//g,"~1"),parentData:p,parentDataProperty:n,
rootData:f})||(e=e===null?q.errors:e.concat(q.errors),s=e.length)}else{let n={instancePath:i+"/addresses",schemaPath:"#/\
properties/addresses/type",keyword:"type",params:{type:"object"}};e===null?e=[n]:e.push(n),s++}}if(o.networks!==void 0){
let p=o.networks;if(p&&typeof p=="object"&&!Array.isArray(p)){if(Object.keys(p).length>256){let n={instancePath:i+"/netw\
orks",schemaPath:"#/properties/networks/maxProperties",keyword:"maxProperties",params:{limit:256}};e===null?e=[n]:e.push(
n),s++}for(let n in p){let l=s;if(typeof n=="string"&&!de(n)){let m={instancePath:i+"/networks",schemaPath:"#/properties\
/networks/propertyNames/format",keyword:"format",params:{format:"network-name"},propertyName:n};e===null?e=[m]:e.push(m),
s++}var t=l===s;if(!t){let m={instancePath:i+"/networks",schemaPath:"#/properties/networks/propertyNames",keyword:"prope\
rtyNames",params:{propertyName:n}};e===null?e=[m]:e.push(m),s++}}for(let n in p)T(p[n],{instancePath:i+"/networks/"+n.replace(
/~/g,"~0").replace(/\//g,"~1"),parentData:p,parentDataProperty:n,rootData:f})||(e=e===null?T.errors:e.concat(T.errors),s=
e.length)}else{let n={instancePath:i+"/networks",schemaPath:"#/properties/networks/type",keyword:"type",params:{type:"ob\
ject"}};e===null?e=[n]:e.push(n),s++}}if(o.listens!==void 0){let p=o.listens;if(Array.isArray(p)){if(p.length>1e3){let l={
instancePath:i+"/listens",schemaPath:"#/properties/listens/maxItems",keyword:"maxItems",params:{limit:1e3}};e===null?e=[
l]:e.push(l),s++}let n=p.length;for(let l=0;l<n;l++){let m=p[l];if(typeof m=="string"){if(!ce(m)){let h={instancePath:i+
"/listens/"+l,schemaPath:"#/properties/listens/items/format",keyword:"format",params:{format:"listen"}};e===null?e=[h]:e.
push(h),s++}}else{let h={instancePath:i+"/listens/"+l,schemaPath:"#/properties/listens/items/type",keyword:"type",params:{
type:"string"}};e===null?e=[h]:e.push(h),s++}}}else{let n={instancePath:i+"/listens",schemaPath:"#/properties/listens/ty\
pe",keyword:"type",params:{type:"array"}};e===null?e=[n]:e.push(n),s++}}if(o.toolstack!==void 0){let p=o.toolstack;if(typeof p!=
"string"){let n={instancePath:i+"/toolstack",schemaPath:"#/properties/toolstack/type",keyword:"type",params:{type:"strin\
g"}};e===null?e=[n]:e.push(n),s++}if(!(p==="xl"||p==="netns")){let n={instancePath:i+"/toolstack",schemaPath:"#/properti\
es/toolstack/enum",keyword:"enum",params:{allowedValues:j.properties.toolstack.enum}};e===null?e=[n]:e.push(n),s++}}if(o.
timezone!==void 0){let p=o.timezone;if(typeof p=="string"){if(!he(p)){let n={instancePath:i+"/timezone",schemaPath:"#/pr\
operties/timezone/format",keyword:"format",params:{format:"timezone"}};e===null?e=[n]:e.push(n),s++}}else{let n={instancePath:i+
"/timezone",schemaPath:"#/properties/timezone/type",keyword:"type",params:{type:"string"}};e===null?e=[n]:e.push(n),s++}}
if(o.guestDefaults!==void 0){let p=o.guestDefaults;if(p&&typeof p=="object"&&!Array.isArray(p)){for(let n in p)if(!(n===
"owner"||n==="memory"||n==="vcpus"||n==="type"||n==="boot"||n==="autostart"||n==="restart"||n==="options")){let l={instancePath:i+
"/guestDefaults",schemaPath:"#/properties/guestDefaults/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:n}};
e===null?e=[l]:e.push(l),s++}if(p.owner!==void 0&&(F(p.owner,{instancePath:i+"/guestDefaults/owner",parentData:p,parentDataProperty:"\
owner",rootData:f})||(e=e===null?F.errors:e.concat(F.errors),s=e.length)),p.memory!==void 0){let n=p.memory;if(!(typeof n==
"number"&&!(n%1)&&!isNaN(n)&&isFinite(n))){let l={instancePath:i+"/guestDefaults/memory",schemaPath:"#/properties/guestD\
efaults/properties/memory/type",keyword:"type",params:{type:"integer"}};e===null?e=[l]:e.push(l),s++}if(typeof n=="numbe\
r"&&isFinite(n)){if(n>16777216||isNaN(n)){let l={instancePath:i+"/guestDefaults/memory",schemaPath:"#/properties/guestDe\
faults/properties/memory/maximum",keyword:"maximum",params:{comparison:"<=",limit:16777216}};e===null?e=[l]:e.push(l),s++}
if(n<4||isNaN(n)){let l={instancePath:i+"/guestDefaults/memory",schemaPath:"#/properties/guestDefaults/properties/memory\
/minimum",keyword:"minimum",params:{comparison:">=",limit:4}};e===null?e=[l]:e.push(l),s++}}}if(p.vcpus!==void 0){let n=p.
vcpus;if(!(typeof n=="number"&&!(n%1)&&!isNaN(n)&&isFinite(n))){let l={instancePath:i+"/guestDefaults/vcpus",schemaPath:"\
#/properties/guestDefaults/properties/vcpus/type",keyword:"type",params:{type:"integer"}};e===null?e=[l]:e.push(l),s++}if(typeof n==
"number"&&isFinite(n)){if(n>512||isNaN(n)){let l={instancePath:i+"/guestDefaults/vcpus",schemaPath:"#/properties/guestDe\
faults/properties/vcpus/maximum",keyword:"maximum",params:{comparison:"<=",limit:512}};e===null?e=[l]:e.push(l),s++}if(n<
1||isNaN(n)){let l={instancePath:i+"/guestDefaults/vcpus",schemaPath:"#/properties/guestDefaults/properties/vcpus/minimu\
m",keyword:"minimum",params:{comparison:">=",limit:1}};e===null?e=[l]:e.push(l),s++}}}if(p.type!==void 0){let n=p.type;if(typeof n!=
"string"){let l={instancePath:i+"/guestDefaults/type",schemaPath:"#/properties/guestDefaults/properties/type/type",keyword:"\
type",params:{type:"string"}};e===null?e=[l]:e.push(l),s++}if(!(n==="pv"||n==="pvh"||n==="hvm")){let l={instancePath:i+"\
/guestDefaults/type",schemaPath:"#/properties/guestDefaults/properties/type/enum",keyword:"enum",params:{allowedValues:j.
properties.guestDefaults.properties.type.enum}};e===null?e=[l]:e.push(l),s++}}if(p.boot!==void 0&&(O(p.boot,{instancePath:i+
"/guestDefaults/boot",parentData:p,parentDataProperty:"boot",rootData:f})||(e=e===null?O.errors:e.concat(O.errors),s=e.length)),
p.autostart!==void 0&&typeof p.autostart!="boolean"){let n={instancePath:i+"/guestDefaults/autostart",schemaPath:"#/prop\
erties/guestDefaults/properties/autostart/type",keyword:"type",params:{type:"boolean"}};e===null?e=[n]:e.push(n),s++}if(p.
restart!==void 0){let n=p.restart;if(typeof n!="string"){let l={instancePath:i+"/guestDefaults/restart",schemaPath:"#/pr\
operties/guestDefaults/properties/restart/type",keyword:"type",params:{type:"string"}};e===null?e=[l]:e.push(l),s++}if(!(n===
"allowed"||n==="never")){let l={instancePath:i+"/guestDefaults/restart",schemaPath:"#/properties/guestDefaults/propertie\
s/restart/enum",keyword:"enum",params:{allowedValues:j.properties.guestDefaults.properties.restart.enum}};e===null?e=[l]:
e.push(l),s++}}p.options!==void 0&&(E(p.options,{instancePath:i+"/guestDefaults/options",parentData:p,parentDataProperty:"\
options",rootData:f})||(e=e===null?E.errors:e.concat(E.errors),s=e.length))}else{let n={instancePath:i+"/guestDefaults",
schemaPath:"#/properties/guestDefaults/type",keyword:"type",params:{type:"object"}};e===null?e=[n]:e.push(n),s++}}if(o.routes!==
void 0){let p=o.routes;if(Array.isArray(p)){if(p.length>1e3){let l={instancePath:i+"/routes",schemaPath:"#/properties/ro\
utes/maxItems",keyword:"maxItems",params:{limit:1e3}};e===null?e=[l]:e.push(l),s++}let n=p.length;for(let l=0;l<n;l++){let m=p[l];
if(m&&typeof m=="object"&&!Array.isArray(m)){if(m.to===void 0){let h={instancePath:i+"/routes/"+l,schemaPath:"#/properti\
es/routes/items/required",keyword:"required",params:{missingProperty:"to"}};e===null?e=[h]:e.push(h),s++}if(m.via===void 0){
let h={instancePath:i+"/routes/"+l,schemaPath:"#/properties/routes/items/required",keyword:"required",params:{missingProperty:"\
via"}};e===null?e=[h]:e.push(h),s++}for(let h in m)if(!(h==="to"||h==="via")){let D={instancePath:i+"/routes/"+l,schemaPath:"\
#/properties/routes/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:h}};e===null?e=
[D]:e.push(D),s++}m.to!==void 0&&(I(m.to,{instancePath:i+"/routes/"+l+"/to",parentData:m,parentDataProperty:"to",rootData:f})||
(e=e===null?I.errors:e.concat(I.errors),s=e.length)),m.via!==void 0&&(P(m.via,{instancePath:i+"/routes/"+l+"/via",parentData:m,
parentDataProperty:"via",rootData:f})||(e=e===null?P.errors:e.concat(P.errors),s=e.length))}else{let h={instancePath:i+"\
/routes/"+l,schemaPath:"#/properties/routes/items/type",keyword:"type",params:{type:"object"}};e===null?e=[h]:e.push(h),
s++}}}else{let n={instancePath:i+"/routes",schemaPath:"#/properties/routes/type",keyword:"type",params:{type:"array"}};e===
null?e=[n]:e.push(n),s++}}if(o.sysctl!==void 0){let p=o.sysctl;if(p&&typeof p=="object"&&!Array.isArray(p)){if(Object.keys(
p).length>1e3){let n={instancePath:i+"/sysctl",schemaPath:"#/properties/sysctl/maxProperties",keyword:"maxProperties",params:{
limit:1e3}};e===null?e=[n]:e.push(n),s++}for(let n in p){let l=s;if(typeof n=="string"&&!Ae(n)){let m={instancePath:i+"/\
sysctl",schemaPath:"#/properties/sysctl/propertyNames/format",keyword:"format",params:{format:"sysctl-name"},propertyName:n};
e===null?e=[m]:e.push(m),s++}var a=l===s;if(!a){let m={instancePath:i+"/sysctl",schemaPath:"#/properties/sysctl/property\
Names",keyword:"propertyNames",params:{propertyName:n}};e===null?e=[m]:e.push(m),s++}}for(let n in p){let l=p[n];if(!(typeof l==
"number"&&!(l%1)&&!isNaN(l)&&isFinite(l))&&typeof l!="string"){let m={instancePath:i+"/sysctl/"+n.replace(/~/g,"~0").replace(
/\//g,"~1"),schemaPath:"#/properties/sysctl/additionalProperties/type",keyword:"type",params:{type:j.properties.sysctl.additionalProperties.
type}};e===null?e=[m]:e.push(m),s++}if(typeof l=="string"){if(g(l)>200){let m={instancePath:i+"/sysctl/"+n.replace(/~/g,
"~0").replace(/\//g,"~1"),schemaPath:"#/properties/sysctl/additionalProperties/maxLength",keyword:"maxLength",params:{limit:200}};
e===null?e=[m]:e.push(m),s++}if(!k(l)){let m={instancePath:i+"/sysctl/"+n.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"\
#/properties/sysctl/additionalProperties/format",keyword:"format",params:{format:"line"}};e===null?e=[m]:e.push(m),s++}}}}else{
let n={instancePath:i+"/sysctl",schemaPath:"#/properties/sysctl/type",keyword:"type",params:{type:"object"}};e===null?e=
[n]:e.push(n),s++}}}else{let p={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"object"}};e===null?e=[p]:
e.push(p),s++}return ue.errors=e,s===0}var Be=ge,$={$id:"guest.schema.json",type:"object",additionalProperties:!1,properties:{
description:{$ref:"#/definitions/line"},owner:{$ref:"#/definitions/line"},state:{type:"string",enum:["running","stopped",
"absent","unmanaged"]},memory:{type:"integer",minimum:4,maximum:16777216},vcpus:{type:"integer",minimum:1,maximum:512},type:{
type:"string",enum:["pv","pvh","hvm"]},boot:{$ref:"#/definitions/boot"},autostart:{type:"boolean"},restart:{type:"string",
enum:["allowed","never"]},disks:{type:"array",items:{$ref:"#/definitions/disk"},maxItems:64},interfaces:{type:"array",items:{
$ref:"#/definitions/interface"},maxItems:16},options:{$ref:"#/definitions/options"},forwards:{type:"array",items:{$ref:"\
#/definitions/forward"},maxItems:2e4}},definitions:{line:{type:"string",format:"line",maxLength:200},boot:{type:"object",
additionalProperties:!1,properties:{bootloader:{type:"string",format:"line",maxLength:200},kernel:{type:"string",format:"\
path"},ramdisk:{type:"string",format:"path"},cmdline:{type:"string",format:"line",maxLength:1e3},root:{type:"string",format:"\
line",maxLength:200},extra:{type:"string",format:"line",maxLength:1e3},firmware:{type:"string",enum:["bios","seabios","r\
ombios","uefi","ovmf"]},order:{type:"string",format:"boot-order"}}},options:{type:"object",propertyNames:{format:"option\
-name"},additionalProperties:{$ref:"#/definitions/option"},maxProperties:100},option:{type:["integer","string","array"],
format:"line",maxLength:1e3,items:{type:["integer","string"],format:"line",maxLength:1e3},maxItems:100},disk:{type:"obje\
ct",additionalProperties:!1,required:["path","as"],properties:{path:{type:"string",format:"path"},as:{type:"string",format:"\
disk-name"},mode:{type:"string",enum:["r","w"]}}},interface:{type:"object",additionalProperties:!1,properties:{network:{
type:"string",format:"network-name"},ip:{type:["string","array"],format:"guest-ip",items:{type:"string",format:"guest-ip"},
minItems:1,maxItems:2},mac:{$ref:"#/definitions/mac"},snat:{type:"string",format:"address-name"},routed:{type:"string",format:"\
address-name"}}},mac:{type:"string",format:"mac"},forward:{type:"object",additionalProperties:!1,required:["port"],properties:{
port:{type:["integer","string","array"],minimum:1,maximum:65535,format:"ports",items:{$ref:"#/definitions/ports"},minItems:1,
maxItems:1e3},to:{type:["integer","string"],minimum:1,maximum:65535,format:"ports"},protocol:{type:["string","array"],format:"\
protocol",items:{type:"string",enum:["tcp","udp","sctp"]},minItems:1,maxItems:3},address:{type:"string",format:"address-\
name"},from:{type:["string","array"],format:"source",items:{type:"string",format:"source"},minItems:1,maxItems:1e3},until:{
type:"string",format:"until"},description:{$ref:"#/definitions/line"}}},ports:{type:["integer","string"],minimum:1,maximum:65535,
format:"ports"}}};function b(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(typeof o=="string"){
if(g(o)>200){let r={instancePath:i,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit:200}};e===null?e=[r]:e.push(
r),s++}if(!k(o)){let r={instancePath:i,schemaPath:"#/format",keyword:"format",params:{format:"line"}};e===null?e=[r]:e.push(
r),s++}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"string"}};e===null?e=[r]:e.push(r),s++}
return b.errors=e,s===0}var Ie={type:"object",additionalProperties:!1,properties:{bootloader:{type:"string",format:"line",
maxLength:200},kernel:{type:"string",format:"path"},ramdisk:{type:"string",format:"path"},cmdline:{type:"string",format:"\
line",maxLength:1e3},root:{type:"string",format:"line",maxLength:200},extra:{type:"string",format:"line",maxLength:1e3},
firmware:{type:"string",enum:["bios","seabios","rombios","uefi","ovmf"]},order:{type:"string",format:"boot-order"}}};function W(o,{
instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(
o)){for(let r in o)if(!(r==="bootloader"||r==="kernel"||r==="ramdisk"||r==="cmdline"||r==="root"||r==="extra"||r==="firm\
ware"||r==="order")){let t={instancePath:i,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:r}};
e===null?e=[t]:e.push(t),s++}if(o.bootloader!==void 0){let r=o.bootloader;if(typeof r=="string"){if(g(r)>200){let t={instancePath:i+
"/bootloader",schemaPath:"#/properties/bootloader/maxLength",keyword:"maxLength",params:{limit:200}};e===null?e=[t]:e.push(
t),s++}if(!k(r)){let t={instancePath:i+"/bootloader",schemaPath:"#/properties/bootloader/format",keyword:"format",params:{
format:"line"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/bootloader",schemaPath:"#/properties/bootload\
er/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.kernel!==void 0){let r=o.kernel;if(typeof r==
"string"){if(!w(r)){let t={instancePath:i+"/kernel",schemaPath:"#/properties/kernel/format",keyword:"format",params:{format:"\
path"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/kernel",schemaPath:"#/properties/kernel/type",keyword:"\
type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.ramdisk!==void 0){let r=o.ramdisk;if(typeof r=="string"){
if(!w(r)){let t={instancePath:i+"/ramdisk",schemaPath:"#/properties/ramdisk/format",keyword:"format",params:{format:"pat\
h"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/ramdisk",schemaPath:"#/properties/ramdisk/type",keyword:"\
type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.cmdline!==void 0){let r=o.cmdline;if(typeof r=="string"){
if(g(r)>1e3){let t={instancePath:i+"/cmdline",schemaPath:"#/properties/cmdline/maxLength",keyword:"maxLength",params:{limit:1e3}};
e===null?e=[t]:e.push(t),s++}if(!k(r)){let t={instancePath:i+"/cmdline",schemaPath:"#/properties/cmdline/format",keyword:"\
format",params:{format:"line"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/cmdline",schemaPath:"#/proper\
ties/cmdline/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.root!==void 0){let r=o.root;
if(typeof r=="string"){if(g(r)>200){let t={instancePath:i+"/root",schemaPath:"#/properties/root/maxLength",keyword:"maxL\
ength",params:{limit:200}};e===null?e=[t]:e.push(t),s++}if(!k(r)){let t={instancePath:i+"/root",schemaPath:"#/properties\
/root/format",keyword:"format",params:{format:"line"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/root",
schemaPath:"#/properties/root/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.extra!==void 0){
let r=o.extra;if(typeof r=="string"){if(g(r)>1e3){let t={instancePath:i+"/extra",schemaPath:"#/properties/extra/maxLengt\
h",keyword:"maxLength",params:{limit:1e3}};e===null?e=[t]:e.push(t),s++}if(!k(r)){let t={instancePath:i+"/extra",schemaPath:"\
#/properties/extra/format",keyword:"format",params:{format:"line"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+
"/extra",schemaPath:"#/properties/extra/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.
firmware!==void 0){let r=o.firmware;if(typeof r!="string"){let t={instancePath:i+"/firmware",schemaPath:"#/properties/fi\
rmware/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}if(!(r==="bios"||r==="seabios"||r==="ro\
mbios"||r==="uefi"||r==="ovmf")){let t={instancePath:i+"/firmware",schemaPath:"#/properties/firmware/enum",keyword:"enum",
params:{allowedValues:Ie.properties.firmware.enum}};e===null?e=[t]:e.push(t),s++}}if(o.order!==void 0){let r=o.order;if(typeof r==
"string"){if(!fe(r)){let t={instancePath:i+"/order",schemaPath:"#/properties/order/format",keyword:"format",params:{format:"\
boot-order"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/order",schemaPath:"#/properties/order/type",keyword:"\
type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"typ\
e",params:{type:"object"}};e===null?e=[r]:e.push(r),s++}return W.errors=e,s===0}var je={type:"object",additionalProperties:!1,
required:["path","as"],properties:{path:{type:"string",format:"path"},as:{type:"string",format:"disk-name"},mode:{type:"\
string",enum:["r","w"]}}},Ne=y["disk-name"];function z(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){
let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){if(o.path===void 0){let r={instancePath:i,schemaPath:"#/requ\
ired",keyword:"required",params:{missingProperty:"path"}};e===null?e=[r]:e.push(r),s++}if(o.as===void 0){let r={instancePath:i,
schemaPath:"#/required",keyword:"required",params:{missingProperty:"as"}};e===null?e=[r]:e.push(r),s++}for(let r in o)if(!(r===
"path"||r==="as"||r==="mode")){let t={instancePath:i,schemaPath:"#/additionalProperties",keyword:"additionalProperties",
params:{additionalProperty:r}};e===null?e=[t]:e.push(t),s++}if(o.path!==void 0){let r=o.path;if(typeof r=="string"){if(!w(
r)){let t={instancePath:i+"/path",schemaPath:"#/properties/path/format",keyword:"format",params:{format:"path"}};e===null?
e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/path",schemaPath:"#/properties/path/type",keyword:"type",params:{type:"\
string"}};e===null?e=[t]:e.push(t),s++}}if(o.as!==void 0){let r=o.as;if(typeof r=="string"){if(!Ne(r)){let t={instancePath:i+
"/as",schemaPath:"#/properties/as/format",keyword:"format",params:{format:"disk-name"}};e===null?e=[t]:e.push(t),s++}}else{
let t={instancePath:i+"/as",schemaPath:"#/properties/as/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(
t),s++}}if(o.mode!==void 0){let r=o.mode;if(typeof r!="string"){let t={instancePath:i+"/mode",schemaPath:"#/properties/m\
ode/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}if(!(r==="r"||r==="w")){let t={instancePath:i+
"/mode",schemaPath:"#/properties/mode/enum",keyword:"enum",params:{allowedValues:je.properties.mode.enum}};e===null?e=[t]:
e.push(t),s++}}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"object"}};e===null?e=[r]:e.push(
r),s++}return z.errors=e,s===0}var Le={type:"object",additionalProperties:!1,properties:{network:{type:"string",format:"\
network-name"},ip:{type:["string","array"],format:"guest-ip",items:{type:"string",format:"guest-ip"},minItems:1,maxItems:2},
mac:{$ref:"#/definitions/mac"},snat:{type:"string",format:"address-name"},routed:{type:"string",format:"address-name"}}},
se=y["guest-ip"];function H(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(typeof o=="string"){
if(!le(o)){let r={instancePath:i,schemaPath:"#/format",keyword:"format",params:{format:"mac"}};e===null?e=[r]:e.push(r),
s++}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"string"}};e===null?e=[r]:e.push(r),s++}
return H.errors=e,s===0}function C(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;
if(o&&typeof o=="object"&&!Array.isArray(o)){for(let r in o)if(!(r==="network"||r==="ip"||r==="mac"||r==="snat"||r==="ro\
uted")){let t={instancePath:i,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:r}};
e===null?e=[t]:e.push(t),s++}if(o.network!==void 0){let r=o.network;if(typeof r=="string"){if(!de(r)){let t={instancePath:i+
"/network",schemaPath:"#/properties/network/format",keyword:"format",params:{format:"network-name"}};e===null?e=[t]:e.push(
t),s++}}else{let t={instancePath:i+"/network",schemaPath:"#/properties/network/type",keyword:"type",params:{type:"string"}};
e===null?e=[t]:e.push(t),s++}}if(o.ip!==void 0){let r=o.ip;if(typeof r!="string"&&!Array.isArray(r)){let t={instancePath:i+
"/ip",schemaPath:"#/properties/ip/type",keyword:"type",params:{type:Le.properties.ip.type}};e===null?e=[t]:e.push(t),s++}
if(typeof r=="string"&&!se(r)){let t={instancePath:i+"/ip",schemaPath:"#/properties/ip/format",keyword:"format",params:{
format:"guest-ip"}};e===null?e=[t]:e.push(t),s++}if(Array.isArray(r)){if(r.length>2){let a={instancePath:i+"/ip",schemaPath:"\
#/properties/ip/maxItems",keyword:"maxItems",params:{limit:2}};e===null?e=[a]:e.push(a),s++}if(r.length<1){let a={instancePath:i+
"/ip",schemaPath:"#/properties/ip/minItems",keyword:"minItems",params:{limit:1}};e===null?e=[a]:e.push(a),s++}let t=r.length;
for(let a=0;a<t;a++){let p=r[a];if(typeof p=="string"){if(!se(p)){let n={instancePath:i+"/ip/"+a,schemaPath:"#/propertie\
s/ip/items/format",keyword:"format",params:{format:"guest-ip"}};e===null?e=[n]:e.push(n),s++}}else{let n={instancePath:i+
"/ip/"+a,schemaPath:"#/properties/ip/items/type",keyword:"type",params:{type:"string"}};e===null?e=[n]:e.push(n),s++}}}}
if(o.mac!==void 0&&(H(o.mac,{instancePath:i+"/mac",parentData:o,parentDataProperty:"mac",rootData:f})||(e=e===null?H.errors:
e.concat(H.errors),s=e.length)),o.snat!==void 0){let r=o.snat;if(typeof r=="string"){if(!L(r)){let t={instancePath:i+"/s\
nat",schemaPath:"#/properties/snat/format",keyword:"format",params:{format:"address-name"}};e===null?e=[t]:e.push(t),s++}}else{
let t={instancePath:i+"/snat",schemaPath:"#/properties/snat/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:
e.push(t),s++}}if(o.routed!==void 0){let r=o.routed;if(typeof r=="string"){if(!L(r)){let t={instancePath:i+"/routed",schemaPath:"\
#/properties/routed/format",keyword:"format",params:{format:"address-name"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+
"/routed",schemaPath:"#/properties/routed/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}}else{
let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"object"}};e===null?e=[r]:e.push(r),s++}return C.errors=
e,s===0}var ie={type:["integer","string","array"],format:"line",maxLength:1e3,items:{type:["integer","string"],format:"line",maxLength:1e3},
maxItems:100};function R(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(!(typeof o==
"number"&&!(o%1)&&!isNaN(o)&&isFinite(o))&&typeof o!="string"&&!Array.isArray(o)){let r={instancePath:i,schemaPath:"#/ty\
pe",keyword:"type",params:{type:ie.type}};e===null?e=[r]:e.push(r),s++}if(typeof o=="string"){if(g(o)>1e3){let r={instancePath:i,
schemaPath:"#/maxLength",keyword:"maxLength",params:{limit:1e3}};e===null?e=[r]:e.push(r),s++}if(!k(o)){let r={instancePath:i,
schemaPath:"#/format",keyword:"format",params:{format:"line"}};e===null?e=[r]:e.push(r),s++}}if(Array.isArray(o)){if(o.length>
100){let t={instancePath:i,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit:100}};e===null?e=[t]:e.push(t),s++}let r=o.
length;for(let t=0;t<r;t++){let a=o[t];if(!(typeof a=="number"&&!(a%1)&&!isNaN(a)&&isFinite(a))&&typeof a!="string"){let p={
instancePath:i+"/"+t,schemaPath:"#/items/type",keyword:"type",params:{type:ie.items.type}};e===null?e=[p]:e.push(p),s++}
if(typeof a=="string"){if(g(a)>1e3){let p={instancePath:i+"/"+t,schemaPath:"#/items/maxLength",keyword:"maxLength",params:{
limit:1e3}};e===null?e=[p]:e.push(p),s++}if(!k(a)){let p={instancePath:i+"/"+t,schemaPath:"#/items/format",keyword:"form\
at",params:{format:"line"}};e===null?e=[p]:e.push(p),s++}}}}return R.errors=e,s===0}function S(o,{instancePath:i="",parentData:c,
parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){if(Object.keys(o).length>
100){let t={instancePath:i,schemaPath:"#/maxProperties",keyword:"maxProperties",params:{limit:100}};e===null?e=[t]:e.push(
t),s++}for(let t in o){let a=s;if(typeof t=="string"&&!ye(t)){let p={instancePath:i,schemaPath:"#/propertyNames/format",
keyword:"format",params:{format:"option-name"},propertyName:t};e===null?e=[p]:e.push(p),s++}var r=a===s;if(!r){let p={instancePath:i,
schemaPath:"#/propertyNames",keyword:"propertyNames",params:{propertyName:t}};e===null?e=[p]:e.push(p),s++}}for(let t in o)
R(o[t],{instancePath:i+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1"),parentData:o,parentDataProperty:t,rootData:f})||(e=e===
null?R.errors:e.concat(R.errors),s=e.length)}else{let t={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"\
object"}};e===null?e=[t]:e.push(t),s++}return S.errors=e,s===0}var N={type:"object",additionalProperties:!1,required:["p\
ort"],properties:{port:{type:["integer","string","array"],minimum:1,maximum:65535,format:"ports",items:{$ref:"#/definiti\
ons/ports"},minItems:1,maxItems:1e3},to:{type:["integer","string"],minimum:1,maximum:65535,format:"ports"},protocol:{type:[
"string","array"],format:"protocol",items:{type:"string",enum:["tcp","udp","sctp"]},minItems:1,maxItems:3},address:{type:"\
string",format:"address-name"},from:{type:["string","array"],format:"source",items:{type:"string",format:"source"},minItems:1,
maxItems:1e3},until:{type:"string",format:"until"},description:{$ref:"#/definitions/line"}}},G=y.ports,$e=y.protocol,oe=y.
source,qe=y.until,Te={type:["integer","string"],minimum:1,maximum:65535,format:"ports"};function V(o,{instancePath:i="",
parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(!(typeof o=="number"&&!(o%1)&&!isNaN(o)&&isFinite(
o))&&typeof o!="string"){let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:Te.type}};e===null?e=[r]:
e.push(r),s++}if(typeof o=="number"&&isFinite(o)){if(o>65535||isNaN(o)){let r={instancePath:i,schemaPath:"#/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:65535}};e===null?e=[r]:e.push(r),s++}if(o<1||isNaN(o)){let r={instancePath:i,schemaPath:"\
#/minimum",keyword:"minimum",params:{comparison:">=",limit:1}};e===null?e=[r]:e.push(r),s++}}if(typeof o=="string"&&!G(o)){
let r={instancePath:i,schemaPath:"#/format",keyword:"format",params:{format:"ports"}};e===null?e=[r]:e.push(r),s++}return V.
errors=e,s===0}function M(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(o&&
typeof o=="object"&&!Array.isArray(o)){if(o.port===void 0){let r={instancePath:i,schemaPath:"#/required",keyword:"requir\
ed",params:{missingProperty:"port"}};e===null?e=[r]:e.push(r),s++}for(let r in o)if(!(r==="port"||r==="to"||r==="protoco\
l"||r==="address"||r==="from"||r==="until"||r==="description")){let t={instancePath:i,schemaPath:"#/additionalProperties",
keyword:"additionalProperties",params:{additionalProperty:r}};e===null?e=[t]:e.push(t),s++}if(o.port!==void 0){let r=o.port;
if(!(typeof r=="number"&&!(r%1)&&!isNaN(r)&&isFinite(r))&&typeof r!="string"&&!Array.isArray(r)){let t={instancePath:i+"\
/port",schemaPath:"#/properties/port/type",keyword:"type",params:{type:N.properties.port.type}};e===null?e=[t]:e.push(t),
s++}if(typeof r=="number"&&isFinite(r)){if(r>65535||isNaN(r)){let t={instancePath:i+"/port",schemaPath:"#/properties/por\
t/maximum",keyword:"maximum",params:{comparison:"<=",limit:65535}};e===null?e=[t]:e.push(t),s++}if(r<1||isNaN(r)){let t={
instancePath:i+"/port",schemaPath:"#/properties/port/minimum",keyword:"minimum",params:{comparison:">=",limit:1}};e===null?
e=[t]:e.push(t),s++}}if(typeof r=="string"&&!G(r)){let t={instancePath:i+"/port",schemaPath:"#/properties/port/format",keyword:"\
format",params:{format:"ports"}};e===null?e=[t]:e.push(t),s++}if(Array.isArray(r)){if(r.length>1e3){let a={instancePath:i+
"/port",schemaPath:"#/properties/port/maxItems",keyword:"maxItems",params:{limit:1e3}};e===null?e=[a]:e.push(a),s++}if(r.
length<1){let a={instancePath:i+"/port",schemaPath:"#/properties/port/minItems",keyword:"minItems",params:{limit:1}};e===
null?e=[a]:e.push(a),s++}let t=r.length;for(let a=0;a<t;a++)V(r[a],{instancePath:i+"/port/"+a,parentData:r,parentDataProperty:a,
rootData:f})||(e=e===null?V.errors:e.concat(V.errors),s=e.length)}}if(o.to!==void 0){let r=o.to;if(!(typeof r=="number"&&
!(r%1)&&!isNaN(r)&&isFinite(r))&&typeof r!="string"){let t={instancePath:i+"/to",schemaPath:"#/properties/to/type",keyword:"\
type",params:{type:N.properties.to.type}};e===null?e=[t]:e.push(t),s++}if(typeof r=="number"&&isFinite(r)){if(r>65535||isNaN(
r)){let t={instancePath:i+"/to",schemaPath:"#/properties/to/maximum",keyword:"maximum",params:{comparison:"<=",limit:65535}};
e===null?e=[t]:e.push(t),s++}if(r<1||isNaN(r)){let t={instancePath:i+"/to",schemaPath:"#/properties/to/minimum",keyword:"\
minimum",params:{comparison:">=",limit:1}};e===null?e=[t]:e.push(t),s++}}if(typeof r=="string"&&!G(r)){let t={instancePath:i+
"/to",schemaPath:"#/properties/to/format",keyword:"format",params:{format:"ports"}};e===null?e=[t]:e.push(t),s++}}if(o.protocol!==
void 0){let r=o.protocol;if(typeof r!="string"&&!Array.isArray(r)){let t={instancePath:i+"/protocol",schemaPath:"#/prope\
rties/protocol/type",keyword:"type",params:{type:N.properties.protocol.type}};e===null?e=[t]:e.push(t),s++}if(typeof r==
"string"&&!$e(r)){let t={instancePath:i+"/protocol",schemaPath:"#/properties/protocol/format",keyword:"format",params:{format:"\
protocol"}};e===null?e=[t]:e.push(t),s++}if(Array.isArray(r)){if(r.length>3){let a={instancePath:i+"/protocol",schemaPath:"\
#/properties/protocol/maxItems",keyword:"maxItems",params:{limit:3}};e===null?e=[a]:e.push(a),s++}if(r.length<1){let a={
instancePath:i+"/protocol",schemaPath:"#/properties/protocol/minItems",keyword:"minItems",params:{limit:1}};e===null?e=[
a]:e.push(a),s++}let t=r.length;for(let a=0;a<t;a++){let p=r[a];if(typeof p!="string"){let n={instancePath:i+"/protocol/"+
a,schemaPath:"#/properties/protocol/items/type",keyword:"type",params:{type:"string"}};e===null?e=[n]:e.push(n),s++}if(!(p===
"tcp"||p==="udp"||p==="sctp")){let n={instancePath:i+"/protocol/"+a,schemaPath:"#/properties/protocol/items/enum",keyword:"\
enum",params:{allowedValues:N.properties.protocol.items.enum}};e===null?e=[n]:e.push(n),s++}}}}if(o.address!==void 0){let r=o.
address;if(typeof r=="string"){if(!L(r)){let t={instancePath:i+"/address",schemaPath:"#/properties/address/format",keyword:"\
format",params:{format:"address-name"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/address",schemaPath:"\
#/properties/address/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.from!==void 0){let r=o.
from;if(typeof r!="string"&&!Array.isArray(r)){let t={instancePath:i+"/from",schemaPath:"#/properties/from/type",keyword:"\
type",params:{type:N.properties.from.type}};e===null?e=[t]:e.push(t),s++}if(typeof r=="string"&&!oe(r)){let t={instancePath:i+
"/from",schemaPath:"#/properties/from/format",keyword:"format",params:{format:"source"}};e===null?e=[t]:e.push(t),s++}if(Array.
isArray(r)){if(r.length>1e3){let a={instancePath:i+"/from",schemaPath:"#/properties/from/maxItems",keyword:"maxItems",params:{
limit:1e3}};e===null?e=[a]:e.push(a),s++}if(r.length<1){let a={instancePath:i+"/from",schemaPath:"#/properties/from/minI\
tems",keyword:"minItems",params:{limit:1}};e===null?e=[a]:e.push(a),s++}let t=r.length;for(let a=0;a<t;a++){let p=r[a];if(typeof p==
"string"){if(!oe(p)){let n={instancePath:i+"/from/"+a,schemaPath:"#/properties/from/items/format",keyword:"format",params:{
format:"source"}};e===null?e=[n]:e.push(n),s++}}else{let n={instancePath:i+"/from/"+a,schemaPath:"#/properties/from/item\
s/type",keyword:"type",params:{type:"string"}};e===null?e=[n]:e.push(n),s++}}}}if(o.until!==void 0){let r=o.until;if(typeof r==
"string"){if(!qe(r)){let t={instancePath:i+"/until",schemaPath:"#/properties/until/format",keyword:"format",params:{format:"\
until"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/until",schemaPath:"#/properties/until/type",keyword:"\
type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}o.description!==void 0&&(b(o.description,{instancePath:i+"/d\
escription",parentData:o,parentDataProperty:"description",rootData:f})||(e=e===null?b.errors:e.concat(b.errors),s=e.length))}else{
let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"object"}};e===null?e=[r]:e.push(r),s++}return M.errors=
e,s===0}function ge(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o==
"object"&&!Array.isArray(o)){for(let r in o)if(!Z.call($.properties,r)){let t={instancePath:i,schemaPath:"#/additionalPr\
operties",keyword:"additionalProperties",params:{additionalProperty:r}};e===null?e=[t]:e.push(t),s++}if(o.description!==
void 0&&(b(o.description,{instancePath:i+"/description",parentData:o,parentDataProperty:"description",rootData:f})||(e=e===
null?b.errors:e.concat(b.errors),s=e.length)),o.owner!==void 0&&(b(o.owner,{instancePath:i+"/owner",parentData:o,parentDataProperty:"\
owner",rootData:f})||(e=e===null?b.errors:e.concat(b.errors),s=e.length)),o.state!==void 0){let r=o.state;if(typeof r!="\
string"){let t={instancePath:i+"/state",schemaPath:"#/properties/state/type",keyword:"type",params:{type:"string"}};e===
null?e=[t]:e.push(t),s++}if(!(r==="running"||r==="stopped"||r==="absent"||r==="unmanaged")){let t={instancePath:i+"/stat\
e",schemaPath:"#/properties/state/enum",keyword:"enum",params:{allowedValues:$.properties.state.enum}};e===null?e=[t]:e.
push(t),s++}}if(o.memory!==void 0){let r=o.memory;if(!(typeof r=="number"&&!(r%1)&&!isNaN(r)&&isFinite(r))){let t={instancePath:i+
"/memory",schemaPath:"#/properties/memory/type",keyword:"type",params:{type:"integer"}};e===null?e=[t]:e.push(t),s++}if(typeof r==
"number"&&isFinite(r)){if(r>16777216||isNaN(r)){let t={instancePath:i+"/memory",schemaPath:"#/properties/memory/maximum",
keyword:"maximum",params:{comparison:"<=",limit:16777216}};e===null?e=[t]:e.push(t),s++}if(r<4||isNaN(r)){let t={instancePath:i+
"/memory",schemaPath:"#/properties/memory/minimum",keyword:"minimum",params:{comparison:">=",limit:4}};e===null?e=[t]:e.
push(t),s++}}}if(o.vcpus!==void 0){let r=o.vcpus;if(!(typeof r=="number"&&!(r%1)&&!isNaN(r)&&isFinite(r))){let t={instancePath:i+
"/vcpus",schemaPath:"#/properties/vcpus/type",keyword:"type",params:{type:"integer"}};e===null?e=[t]:e.push(t),s++}if(typeof r==
"number"&&isFinite(r)){if(r>512||isNaN(r)){let t={instancePath:i+"/vcpus",schemaPath:"#/properties/vcpus/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:512}};e===null?e=[t]:e.push(t),s++}if(r<1||isNaN(r)){let t={instancePath:i+"/vcpu\
s",schemaPath:"#/properties/vcpus/minimum",keyword:"minimum",params:{comparison:">=",limit:1}};e===null?e=[t]:e.push(t),
s++}}}if(o.type!==void 0){let r=o.type;if(typeof r!="string"){let t={instancePath:i+"/type",schemaPath:"#/properties/typ\
e/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}if(!(r==="pv"||r==="pvh"||r==="hvm")){let t={
instancePath:i+"/type",schemaPath:"#/properties/type/enum",keyword:"enum",params:{allowedValues:$.properties.type.enum}};
e===null?e=[t]:e.push(t),s++}}if(o.boot!==void 0&&(W(o.boot,{instancePath:i+"/boot",parentData:o,parentDataProperty:"boo\
t",rootData:f})||(e=e===null?W.errors:e.concat(W.errors),s=e.length)),o.autostart!==void 0&&typeof o.autostart!="boolean"){
let r={instancePath:i+"/autostart",schemaPath:"#/properties/autostart/type",keyword:"type",params:{type:"boolean"}};e===
null?e=[r]:e.push(r),s++}if(o.restart!==void 0){let r=o.restart;if(typeof r!="string"){let t={instancePath:i+"/restart",
schemaPath:"#/properties/restart/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}if(!(r==="all\
owed"||r==="never")){let t={instancePath:i+"/restart",schemaPath:"#/properties/restart/enum",keyword:"enum",params:{allowedValues:$.
properties.restart.enum}};e===null?e=[t]:e.push(t),s++}}if(o.disks!==void 0){let r=o.disks;if(Array.isArray(r)){if(r.length>
64){let a={instancePath:i+"/disks",schemaPath:"#/properties/disks/maxItems",keyword:"maxItems",params:{limit:64}};e===null?
e=[a]:e.push(a),s++}let t=r.length;for(let a=0;a<t;a++)z(r[a],{instancePath:i+"/disks/"+a,parentData:r,parentDataProperty:a,
rootData:f})||(e=e===null?z.errors:e.concat(z.errors),s=e.length)}else{let t={instancePath:i+"/disks",schemaPath:"#/prop\
erties/disks/type",keyword:"type",params:{type:"array"}};e===null?e=[t]:e.push(t),s++}}if(o.interfaces!==void 0){let r=o.
interfaces;if(Array.isArray(r)){if(r.length>16){let a={instancePath:i+"/interfaces",schemaPath:"#/properties/interfaces/\
maxItems",keyword:"maxItems",params:{limit:16}};e===null?e=[a]:e.push(a),s++}let t=r.length;for(let a=0;a<t;a++)C(r[a],{
instancePath:i+"/interfaces/"+a,parentData:r,parentDataProperty:a,rootData:f})||(e=e===null?C.errors:e.concat(C.errors),
s=e.length)}else{let t={instancePath:i+"/interfaces",schemaPath:"#/properties/interfaces/type",keyword:"type",params:{type:"\
array"}};e===null?e=[t]:e.push(t),s++}}if(o.options!==void 0&&(S(o.options,{instancePath:i+"/options",parentData:o,parentDataProperty:"\
options",rootData:f})||(e=e===null?S.errors:e.concat(S.errors),s=e.length)),o.forwards!==void 0){let r=o.forwards;if(Array.
isArray(r)){if(r.length>2e4){let a={instancePath:i+"/forwards",schemaPath:"#/properties/forwards/maxItems",keyword:"maxI\
tems",params:{limit:2e4}};e===null?e=[a]:e.push(a),s++}let t=r.length;for(let a=0;a<t;a++)M(r[a],{instancePath:i+"/forwa\
rds/"+a,parentData:r,parentDataProperty:a,rootData:f})||(e=e===null?M.errors:e.concat(M.errors),s=e.length)}else{let t={
instancePath:i+"/forwards",schemaPath:"#/properties/forwards/type",keyword:"type",params:{type:"array"}};e===null?e=[t]:
e.push(t),s++}}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"object"}};e===null?e=[r]:e.push(
r),s++}return ge.errors=e,s===0}var Qe=ke,Fe={$id:"checks.schema.json",type:["object","null"],additionalProperties:!1,properties:{
checks:{type:"array",items:{$ref:"#/definitions/check"},maxItems:1e4}},definitions:{check:{type:"object",additionalProperties:!1,
required:["from","to"],properties:{from:{type:"string",format:"check-from"},to:{type:"string",format:"check-to"},reaches:{
type:"string",format:"check-reaches"},"leaves-as":{type:"string",format:"address-name"}}}}};var Oe=y["check-from"],Ee=y["check-to"],We=y["check-reaches"];function K(o,{instancePath:i="",parentData:c,parentDataProperty:d,
rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){if(o.from===void 0){let r={instancePath:i,
schemaPath:"#/required",keyword:"required",params:{missingProperty:"from"}};e===null?e=[r]:e.push(r),s++}if(o.to===void 0){
let r={instancePath:i,schemaPath:"#/required",keyword:"required",params:{missingProperty:"to"}};e===null?e=[r]:e.push(r),
s++}for(let r in o)if(!(r==="from"||r==="to"||r==="reaches"||r==="leaves-as")){let t={instancePath:i,schemaPath:"#/addit\
ionalProperties",keyword:"additionalProperties",params:{additionalProperty:r}};e===null?e=[t]:e.push(t),s++}if(o.from!==
void 0){let r=o.from;if(typeof r=="string"){if(!Oe(r)){let t={instancePath:i+"/from",schemaPath:"#/properties/from/forma\
t",keyword:"format",params:{format:"check-from"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/from",schemaPath:"\
#/properties/from/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.to!==void 0){let r=o.to;
if(typeof r=="string"){if(!Ee(r)){let t={instancePath:i+"/to",schemaPath:"#/properties/to/format",keyword:"format",params:{
format:"check-to"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/to",schemaPath:"#/properties/to/type",keyword:"\
type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.reaches!==void 0){let r=o.reaches;if(typeof r=="string"){
if(!We(r)){let t={instancePath:i+"/reaches",schemaPath:"#/properties/reaches/format",keyword:"format",params:{format:"ch\
eck-reaches"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/reaches",schemaPath:"#/properties/reaches/type",
keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o["leaves-as"]!==void 0){let r=o["leaves-as"];if(typeof r==
"string"){if(!L(r)){let t={instancePath:i+"/leaves-as",schemaPath:"#/properties/leaves-as/format",keyword:"format",params:{
format:"address-name"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/leaves-as",schemaPath:"#/properties/l\
eaves-as/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}}else{let r={instancePath:i,schemaPath:"\
#/type",keyword:"type",params:{type:"object"}};e===null?e=[r]:e.push(r),s++}return K.errors=e,s===0}function ke(o,{instancePath:i="",
parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(!(o&&typeof o=="object"&&!Array.isArray(o))&&o!==null){
let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:Fe.type}};e===null?e=[r]:e.push(r),s++}if(o&&typeof o==
"object"&&!Array.isArray(o)){for(let r in o)if(r!=="checks"){let t={instancePath:i,schemaPath:"#/additionalProperties",keyword:"\
additionalProperties",params:{additionalProperty:r}};e===null?e=[t]:e.push(t),s++}if(o.checks!==void 0){let r=o.checks;if(Array.
isArray(r)){if(r.length>1e4){let a={instancePath:i+"/checks",schemaPath:"#/properties/checks/maxItems",keyword:"maxItems",
params:{limit:1e4}};e===null?e=[a]:e.push(a),s++}let t=r.length;for(let a=0;a<t;a++)K(r[a],{instancePath:i+"/checks/"+a,
parentData:r,parentDataProperty:a,rootData:f})||(e=e===null?K.errors:e.concat(K.errors),s=e.length)}else{let t={instancePath:i+
"/checks",schemaPath:"#/properties/checks/type",keyword:"type",params:{type:"array"}};e===null?e=[t]:e.push(t),s++}}}return ke.
errors=e,s===0}var Ge=we,ze={$id:"groups.schema.json",type:["object","null"],propertyNames:{format:"group-name"},additionalProperties:{
type:"array",items:{$ref:"#/definitions/network"},maxItems:1e4},definitions:{network:{type:"string",format:"source-netwo\
rk"}}},He=y["group-name"];var Ce=y["source-network"];function U(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,
s=0;if(typeof o=="string"){if(!Ce(o)){let r={instancePath:i,schemaPath:"#/format",keyword:"format",params:{format:"sourc\
e-network"}};e===null?e=[r]:e.push(r),s++}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"s\
tring"}};e===null?e=[r]:e.push(r),s++}return U.errors=e,s===0}function we(o,{instancePath:i="",parentData:c,parentDataProperty:d,
rootData:f=o}={}){let e=null,s=0;if(!(o&&typeof o=="object"&&!Array.isArray(o))&&o!==null){let t={instancePath:i,schemaPath:"\
#/type",keyword:"type",params:{type:ze.type}};e===null?e=[t]:e.push(t),s++}if(o&&typeof o=="object"&&!Array.isArray(o)){
for(let t in o){let a=s;if(typeof t=="string"&&!He(t)){let p={instancePath:i,schemaPath:"#/propertyNames/format",keyword:"\
format",params:{format:"group-name"},propertyName:t};e===null?e=[p]:e.push(p),s++}var r=a===s;if(!r){let p={instancePath:i,
schemaPath:"#/propertyNames",keyword:"propertyNames",params:{propertyName:t}};e===null?e=[p]:e.push(p),s++}}for(let t in o){
let a=o[t];if(Array.isArray(a)){if(a.length>1e4){let n={instancePath:i+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"\
#/additionalProperties/maxItems",keyword:"maxItems",params:{limit:1e4}};e===null?e=[n]:e.push(n),s++}let p=a.length;for(let n=0;n<
p;n++)U(a[n],{instancePath:i+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1")+"/"+n,parentData:a,parentDataProperty:n,rootData:f})||
(e=e===null?U.errors:e.concat(U.errors),s=e.length)}else{let p={instancePath:i+"/"+t.replace(/~/g,"~0").replace(/\//g,"~\
1"),schemaPath:"#/additionalProperties/type",keyword:"type",params:{type:"array"}};e===null?e=[p]:e.push(p),s++}}}return we.
errors=e,s===0}var Ye=Pe,v={$id:"config.schema.json",type:"object",additionalProperties:!1,required:["repository"],properties:{
repository:{type:"object",additionalProperties:!1,required:["url"],properties:{url:{type:"string",format:"repository-url",
maxLength:2e3},branch:{type:"string",format:"branch",maxLength:200},key:{type:"string",format:"path"},knownHosts:{type:"\
string",format:"path"},signers:{type:"string",format:"path"}}},host:{type:"string",format:"host-name"},schedule:{type:"s\
tring",format:"cron"},policy:{type:"object",additionalProperties:!1,properties:{commits:{type:"string",enum:["apply","ho\
ld"]},drift:{type:"string",enum:["heal","report"]},deletions:{type:"string",enum:["apply","hold"]}}},windows:{type:"obje\
ct",additionalProperties:!1,properties:{restart:{type:"array",maxItems:100,items:{type:"object",additionalProperties:!1,
required:["cron","for"],properties:{cron:{type:"string",format:"cron"},for:{$ref:"#/definitions/duration"},timezone:{type:"\
string",format:"timezone"}}}}}},confirm:{type:"object",additionalProperties:!1,required:["within","probes"],properties:{
within:{$ref:"#/definitions/duration"},probes:{type:"array",minItems:1,maxItems:32,items:{$ref:"#/definitions/probe"}}}},
allow:{type:"object",additionalProperties:!1,properties:{disks:{$ref:"#/definitions/patterns"},bootloaders:{$ref:"#/defi\
nitions/patterns"},kernels:{$ref:"#/definitions/patterns"},scripts:{$ref:"#/definitions/patterns"},bridges:{$ref:"#/defi\
nitions/patterns"},options:{$ref:"#/definitions/patterns"},sysctls:{$ref:"#/definitions/patterns"}}},listen:{type:["stri\
ng","null"],format:"endpoint"},hook:{type:"object",additionalProperties:!1,required:["listen","secretFile"],dependencies:{
certificate:["key"],key:["certificate"]},properties:{listen:{type:"string",format:"endpoint"},certificate:{type:"string",
format:"path"},key:{type:"string",format:"path"},secretFile:{type:"string",format:"path"}}},notify:{type:"array",maxItems:32,
items:{type:"object",additionalProperties:!1,required:["type","urlFile"],properties:{type:{type:"string",enum:["slack"]},
urlFile:{type:"string",format:"path"},events:{type:"array",minItems:1,maxItems:3,items:{type:"string",enum:["drift","fai\
led","applied"]}}}}},ledger:{type:"object",additionalProperties:!1,properties:{remote:{type:["string","null"],format:"re\
pository-url",maxLength:2e3},signingKey:{type:["string","null"],format:"path"}}}},definitions:{duration:{type:"string",format:"\
duration"},patterns:{type:"array",maxItems:1e3,items:{type:"string",format:"line",minLength:1,maxLength:200}},probe:{type:"\
object",additionalProperties:!1,minProperties:1,maxProperties:1,properties:{tcp:{type:"string",format:"endpoint"},ping:{
type:"string",format:"ping-target"},inbound:{type:"string",format:"listen"}}}}},ae=y["repository-url"],Re=y.branch,Se=y["\
host-name"],ne=y.cron,Y=y.endpoint;var Ve=y.duration;function A(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(typeof o==
"string"){if(!Ve(o)){let r={instancePath:i,schemaPath:"#/format",keyword:"format",params:{format:"duration"}};e===null?e=
[r]:e.push(r),s++}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"string"}};e===null?e=[r]:
e.push(r),s++}return A.errors=e,s===0}var Me=y["ping-target"];function X(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;
if(o&&typeof o=="object"&&!Array.isArray(o)){if(Object.keys(o).length>1){let r={instancePath:i,schemaPath:"#/maxProperti\
es",keyword:"maxProperties",params:{limit:1}};e===null?e=[r]:e.push(r),s++}if(Object.keys(o).length<1){let r={instancePath:i,
schemaPath:"#/minProperties",keyword:"minProperties",params:{limit:1}};e===null?e=[r]:e.push(r),s++}for(let r in o)if(!(r===
"tcp"||r==="ping"||r==="inbound")){let t={instancePath:i,schemaPath:"#/additionalProperties",keyword:"additionalProperti\
es",params:{additionalProperty:r}};e===null?e=[t]:e.push(t),s++}if(o.tcp!==void 0){let r=o.tcp;if(typeof r=="string"){if(!Y(
r)){let t={instancePath:i+"/tcp",schemaPath:"#/properties/tcp/format",keyword:"format",params:{format:"endpoint"}};e===null?
e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/tcp",schemaPath:"#/properties/tcp/type",keyword:"type",params:{type:"s\
tring"}};e===null?e=[t]:e.push(t),s++}}if(o.ping!==void 0){let r=o.ping;if(typeof r=="string"){if(!Me(r)){let t={instancePath:i+
"/ping",schemaPath:"#/properties/ping/format",keyword:"format",params:{format:"ping-target"}};e===null?e=[t]:e.push(t),s++}}else{
let t={instancePath:i+"/ping",schemaPath:"#/properties/ping/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:
e.push(t),s++}}if(o.inbound!==void 0){let r=o.inbound;if(typeof r=="string"){if(!ce(r)){let t={instancePath:i+"/inbound",
schemaPath:"#/properties/inbound/format",keyword:"format",params:{format:"listen"}};e===null?e=[t]:e.push(t),s++}}else{let t={
instancePath:i+"/inbound",schemaPath:"#/properties/inbound/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.
push(t),s++}}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"object"}};e===null?e=[r]:e.push(
r),s++}return X.errors=e,s===0}function u(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(Array.isArray(o)){
if(o.length>1e3){let t={instancePath:i,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit:1e3}};e===null?e=[t]:e.push(
t),s++}let r=o.length;for(let t=0;t<r;t++){let a=o[t];if(typeof a=="string"){if(g(a)>200){let p={instancePath:i+"/"+t,schemaPath:"\
#/items/maxLength",keyword:"maxLength",params:{limit:200}};e===null?e=[p]:e.push(p),s++}if(g(a)<1){let p={instancePath:i+
"/"+t,schemaPath:"#/items/minLength",keyword:"minLength",params:{limit:1}};e===null?e=[p]:e.push(p),s++}if(!k(a)){let p={
instancePath:i+"/"+t,schemaPath:"#/items/format",keyword:"format",params:{format:"line"}};e===null?e=[p]:e.push(p),s++}}else{
let p={instancePath:i+"/"+t,schemaPath:"#/items/type",keyword:"type",params:{type:"string"}};e===null?e=[p]:e.push(p),s++}}}else{
let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{type:"array"}};e===null?e=[r]:e.push(r),s++}return u.errors=
e,s===0}function Pe(o,{instancePath:i="",parentData:c,parentDataProperty:d,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o==
"object"&&!Array.isArray(o)){if(o.repository===void 0){let r={instancePath:i,schemaPath:"#/required",keyword:"required",
params:{missingProperty:"repository"}};e===null?e=[r]:e.push(r),s++}for(let r in o)if(!Z.call(v.properties,r)){let t={instancePath:i,
schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:r}};e===null?e=[t]:e.push(
t),s++}if(o.repository!==void 0){let r=o.repository;if(r&&typeof r=="object"&&!Array.isArray(r)){if(r.url===void 0){let t={
instancePath:i+"/repository",schemaPath:"#/properties/repository/required",keyword:"required",params:{missingProperty:"u\
rl"}};e===null?e=[t]:e.push(t),s++}for(let t in r)if(!(t==="url"||t==="branch"||t==="key"||t==="knownHosts"||t==="signer\
s")){let a={instancePath:i+"/repository",schemaPath:"#/properties/repository/additionalProperties",keyword:"additionalPr\
operties",params:{additionalProperty:t}};e===null?e=[a]:e.push(a),s++}if(r.url!==void 0){let t=r.url;if(typeof t=="strin\
g"){if(g(t)>2e3){let a={instancePath:i+"/repository/url",schemaPath:"#/properties/repository/properties/url/maxLength",keyword:"\
maxLength",params:{limit:2e3}};e===null?e=[a]:e.push(a),s++}if(!ae(t)){let a={instancePath:i+"/repository/url",schemaPath:"\
#/properties/repository/properties/url/format",keyword:"format",params:{format:"repository-url"}};e===null?e=[a]:e.push(
a),s++}}else{let a={instancePath:i+"/repository/url",schemaPath:"#/properties/repository/properties/url/type",keyword:"t\
ype",params:{type:"string"}};e===null?e=[a]:e.push(a),s++}}if(r.branch!==void 0){let t=r.branch;if(typeof t=="string"){if(g(
t)>200){let a={instancePath:i+"/repository/branch",schemaPath:"#/properties/repository/properties/branch/maxLength",keyword:"\
maxLength",params:{limit:200}};e===null?e=[a]:e.push(a),s++}if(!Re(t)){let a={instancePath:i+"/repository/branch",schemaPath:"\
#/properties/repository/properties/branch/format",keyword:"format",params:{format:"branch"}};e===null?e=[a]:e.push(a),s++}}else{
let a={instancePath:i+"/repository/branch",schemaPath:"#/properties/repository/properties/branch/type",keyword:"type",params:{
type:"string"}};e===null?e=[a]:e.push(a),s++}}if(r.key!==void 0){let t=r.key;if(typeof t=="string"){if(!w(t)){let a={instancePath:i+
"/repository/key",schemaPath:"#/properties/repository/properties/key/format",keyword:"format",params:{format:"path"}};e===
null?e=[a]:e.push(a),s++}}else{let a={instancePath:i+"/repository/key",schemaPath:"#/properties/repository/properties/ke\
y/type",keyword:"type",params:{type:"string"}};e===null?e=[a]:e.push(a),s++}}if(r.knownHosts!==void 0){let t=r.knownHosts;
if(typeof t=="string"){if(!w(t)){let a={instancePath:i+"/repository/knownHosts",schemaPath:"#/properties/repository/prop\
erties/knownHosts/format",keyword:"format",params:{format:"path"}};e===null?e=[a]:e.push(a),s++}}else{let a={instancePath:i+
"/repository/knownHosts",schemaPath:"#/properties/repository/properties/knownHosts/type",keyword:"type",params:{type:"st\
ring"}};e===null?e=[a]:e.push(a),s++}}if(r.signers!==void 0){let t=r.signers;if(typeof t=="string"){if(!w(t)){let a={instancePath:i+
"/repository/signers",schemaPath:"#/properties/repository/properties/signers/format",keyword:"format",params:{format:"pa\
th"}};e===null?e=[a]:e.push(a),s++}}else{let a={instancePath:i+"/repository/signers",schemaPath:"#/properties/repository\
/properties/signers/type",keyword:"type",params:{type:"string"}};e===null?e=[a]:e.push(a),s++}}}else{let t={instancePath:i+
"/repository",schemaPath:"#/properties/repository/type",keyword:"type",params:{type:"object"}};e===null?e=[t]:e.push(t),
s++}}if(o.host!==void 0){let r=o.host;if(typeof r=="string"){if(!Se(r)){let t={instancePath:i+"/host",schemaPath:"#/prop\
erties/host/format",keyword:"format",params:{format:"host-name"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+
"/host",schemaPath:"#/properties/host/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.schedule!==
void 0){let r=o.schedule;if(typeof r=="string"){if(!ne(r)){let t={instancePath:i+"/schedule",schemaPath:"#/properties/sc\
hedule/format",keyword:"format",params:{format:"cron"}};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:i+"/sched\
ule",schemaPath:"#/properties/schedule/type",keyword:"type",params:{type:"string"}};e===null?e=[t]:e.push(t),s++}}if(o.policy!==
void 0){let r=o.policy;if(r&&typeof r=="object"&&!Array.isArray(r)){for(let t in r)if(!(t==="commits"||t==="drift"||t===
"deletions")){let a={instancePath:i+"/policy",schemaPath:"#/properties/policy/additionalProperties",keyword:"additionalP\
roperties",params:{additionalProperty:t}};e===null?e=[a]:e.push(a),s++}if(r.commits!==void 0){let t=r.commits;if(typeof t!=
"string"){let a={instancePath:i+"/policy/commits",schemaPath:"#/properties/policy/properties/commits/type",keyword:"type",
params:{type:"string"}};e===null?e=[a]:e.push(a),s++}if(!(t==="apply"||t==="hold")){let a={instancePath:i+"/policy/commi\
ts",schemaPath:"#/properties/policy/properties/commits/enum",keyword:"enum",params:{allowedValues:v.properties.policy.properties.
commits.enum}};e===null?e=[a]:e.push(a),s++}}if(r.drift!==void 0){let t=r.drift;if(typeof t!="string"){let a={instancePath:i+
"/policy/drift",schemaPath:"#/properties/policy/properties/drift/type",keyword:"type",params:{type:"string"}};e===null?e=
[a]:e.push(a),s++}if(!(t==="heal"||t==="report")){let a={instancePath:i+"/policy/drift",schemaPath:"#/properties/policy/\
properties/drift/enum",keyword:"enum",params:{allowedValues:v.properties.policy.properties.drift.enum}};e===null?e=[a]:e.
push(a),s++}}if(r.deletions!==void 0){let t=r.deletions;if(typeof t!="string"){let a={instancePath:i+"/policy/deletions",
schemaPath:"#/properties/policy/properties/deletions/type",keyword:"type",params:{type:"string"}};e===null?e=[a]:e.push(
a),s++}if(!(t==="apply"||t==="hold")){let a={instancePath:i+"/policy/deletions",schemaPath:"#/properties/policy/properti\
es/deletions/enum",keyword:"enum",params:{allowedValues:v.properties.policy.properties.deletions.enum}};e===null?e=[a]:e.
push(a),s++}}}else{let t={instancePath:i+"/policy",schemaPath:"#/properties/policy/type",keyword:"type",params:{type:"ob\
ject"}};e===null?e=[t]:e.push(t),s++}}if(o.windows!==void 0){let r=o.windows;if(r&&typeof r=="object"&&!Array.isArray(r)){
for(let t in r)if(t!=="restart"){let a={instancePath:i+"/windows",schemaPath:"#/properties/windows/additionalProperties",
keyword:"additionalProperties",params:{additionalProperty:t}};e===null?e=[a]:e.push(a),s++}if(r.restart!==void 0){let t=r.
restart;if(Array.isArray(t)){if(t.length>100){let p={instancePath:i+"/windows/restart",schemaPath:"#/properties/windows/\
properties/restart/maxItems",keyword:"maxItems",params:{limit:100}};e===null?e=[p]:e.push(p),s++}let a=t.length;for(let p=0;p<
a;p++){let n=t[p];if(n&&typeof n=="object"&&!Array.isArray(n)){if(n.cron===void 0){let l={instancePath:i+"/windows/resta\
rt/"+p,schemaPath:"#/properties/windows/properties/restart/items/required",keyword:"required",params:{missingProperty:"c\
ron"}};e===null?e=[l]:e.push(l),s++}if(n.for===void 0){let l={instancePath:i+"/windows/restart/"+p,schemaPath:"#/propert\
ies/windows/properties/restart/items/required",keyword:"required",params:{missingProperty:"for"}};e===null?e=[l]:e.push(
l),s++}for(let l in n)if(!(l==="cron"||l==="for"||l==="timezone")){let m={instancePath:i+"/windows/restart/"+p,schemaPath:"\
#/properties/windows/properties/restart/items/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:l}};
e===null?e=[m]:e.push(m),s++}if(n.cron!==void 0){let l=n.cron;if(typeof l=="string"){if(!ne(l)){let m={instancePath:i+"/\
windows/restart/"+p+"/cron",schemaPath:"#/properties/windows/properties/restart/items/properties/cron/format",keyword:"f\
ormat",params:{format:"cron"}};e===null?e=[m]:e.push(m),s++}}else{let m={instancePath:i+"/windows/restart/"+p+"/cron",schemaPath:"\
#/properties/windows/properties/restart/items/properties/cron/type",keyword:"type",params:{type:"string"}};e===null?e=[m]:
e.push(m),s++}}if(n.for!==void 0&&(A(n.for,{instancePath:i+"/windows/restart/"+p+"/for",parentData:n,parentDataProperty:"\
for",rootData:f})||(e=e===null?A.errors:e.concat(A.errors),s=e.length)),n.timezone!==void 0){let l=n.timezone;if(typeof l==
"string"){if(!he(l)){let m={instancePath:i+"/windows/restart/"+p+"/timezone",schemaPath:"#/properties/windows/properties\
/restart/items/properties/timezone/format",keyword:"format",params:{format:"timezone"}};e===null?e=[m]:e.push(m),s++}}else{
let m={instancePath:i+"/windows/restart/"+p+"/timezone",schemaPath:"#/properties/windows/properties/restart/items/proper\
ties/timezone/type",keyword:"type",params:{type:"string"}};e===null?e=[m]:e.push(m),s++}}}else{let l={instancePath:i+"/w\
indows/restart/"+p,schemaPath:"#/properties/windows/properties/restart/items/type",keyword:"type",params:{type:"object"}};
e===null?e=[l]:e.push(l),s++}}}else{let a={instancePath:i+"/windows/restart",schemaPath:"#/properties/windows/properties\
/restart/type",keyword:"type",params:{type:"array"}};e===null?e=[a]:e.push(a),s++}}}else{let t={instancePath:i+"/windows",
schemaPath:"#/properties/windows/type",keyword:"type",params:{type:"object"}};e===null?e=[t]:e.push(t),s++}}if(o.confirm!==
void 0){let r=o.confirm;if(r&&typeof r=="object"&&!Array.isArray(r)){if(r.within===void 0){let t={instancePath:i+"/confi\
rm",schemaPath:"#/properties/confirm/required",keyword:"required",params:{missingProperty:"within"}};e===null?e=[t]:e.push(
t),s++}if(r.probes===void 0){let t={instancePath:i+"/confirm",schemaPath:"#/properties/confirm/required",keyword:"requir\
ed",params:{missingProperty:"probes"}};e===null?e=[t]:e.push(t),s++}for(let t in r)if(!(t==="within"||t==="probes")){let a={
instancePath:i+"/confirm",schemaPath:"#/properties/confirm/additionalProperties",keyword:"additionalProperties",params:{
additionalProperty:t}};e===null?e=[a]:e.push(a),s++}if(r.within!==void 0&&(A(r.within,{instancePath:i+"/confirm/within",
parentData:r,parentDataProperty:"within",rootData:f})||(e=e===null?A.errors:e.concat(A.errors),s=e.length)),r.probes!==void 0){
let t=r.probes;if(Array.isArray(t)){if(t.length>32){let p={instancePath:i+"/confirm/probes",schemaPath:"#/properties/con\
firm/properties/probes/maxItems",keyword:"maxItems",params:{limit:32}};e===null?e=[p]:e.push(p),s++}if(t.length<1){let p={
instancePath:i+"/confirm/probes",schemaPath:"#/properties/confirm/properties/probes/minItems",keyword:"minItems",params:{
limit:1}};e===null?e=[p]:e.push(p),s++}let a=t.length;for(let p=0;p<a;p++)X(t[p],{instancePath:i+"/confirm/probes/"+p,parentData:t,
parentDataProperty:p,rootData:f})||(e=e===null?X.errors:e.concat(X.errors),s=e.length)}else{let a={instancePath:i+"/conf\
irm/probes",schemaPath:"#/properties/confirm/properties/probes/type",keyword:"type",params:{type:"array"}};e===null?e=[a]:
e.push(a),s++}}}else{let t={instancePath:i+"/confirm",schemaPath:"#/properties/confirm/type",keyword:"type",params:{type:"\
object"}};e===null?e=[t]:e.push(t),s++}}if(o.allow!==void 0){let r=o.allow;if(r&&typeof r=="object"&&!Array.isArray(r)){
for(let t in r)if(!(t==="disks"||t==="bootloaders"||t==="kernels"||t==="scripts"||t==="bridges"||t==="options"||t==="sys\
ctls")){let a={instancePath:i+"/allow",schemaPath:"#/properties/allow/additionalProperties",keyword:"additionalPropertie\
s",params:{additionalProperty:t}};e===null?e=[a]:e.push(a),s++}r.disks!==void 0&&(u(r.disks,{instancePath:i+"/allow/disk\
s",parentData:r,parentDataProperty:"disks",rootData:f})||(e=e===null?u.errors:e.concat(u.errors),s=e.length)),r.bootloaders!==
void 0&&(u(r.bootloaders,{instancePath:i+"/allow/bootloaders",parentData:r,parentDataProperty:"bootloaders",rootData:f})||
(e=e===null?u.errors:e.concat(u.errors),s=e.length)),r.kernels!==void 0&&(u(r.kernels,{instancePath:i+"/allow/kernels",parentData:r,
parentDataProperty:"kernels",rootData:f})||(e=e===null?u.errors:e.concat(u.errors),s=e.length)),r.scripts!==void 0&&(u(r.
scripts,{instancePath:i+"/allow/scripts",parentData:r,parentDataProperty:"scripts",rootData:f})||(e=e===null?u.errors:e.
concat(u.errors),s=e.length)),r.bridges!==void 0&&(u(r.bridges,{instancePath:i+"/allow/bridges",parentData:r,parentDataProperty:"\
bridges",rootData:f})||(e=e===null?u.errors:e.concat(u.errors),s=e.length)),r.options!==void 0&&(u(r.options,{instancePath:i+
"/allow/options",parentData:r,parentDataProperty:"options",rootData:f})||(e=e===null?u.errors:e.concat(u.errors),s=e.length)),
r.sysctls!==void 0&&(u(r.sysctls,{instancePath:i+"/allow/sysctls",parentData:r,parentDataProperty:"sysctls",rootData:f})||
(e=e===null?u.errors:e.concat(u.errors),s=e.length))}else{let t={instancePath:i+"/allow",schemaPath:"#/properties/allow/\
type",keyword:"type",params:{type:"object"}};e===null?e=[t]:e.push(t),s++}}if(o.listen!==void 0){let r=o.listen;if(typeof r!=
"string"&&r!==null){let t={instancePath:i+"/listen",schemaPath:"#/properties/listen/type",keyword:"type",params:{type:v.
properties.listen.type}};e===null?e=[t]:e.push(t),s++}if(typeof r=="string"&&!Y(r)){let t={instancePath:i+"/listen",schemaPath:"\
#/properties/listen/format",keyword:"format",params:{format:"endpoint"}};e===null?e=[t]:e.push(t),s++}}if(o.hook!==void 0){
let r=o.hook;if(r&&typeof r=="object"&&!Array.isArray(r)){if(r.listen===void 0){let t={instancePath:i+"/hook",schemaPath:"\
#/properties/hook/required",keyword:"required",params:{missingProperty:"listen"}};e===null?e=[t]:e.push(t),s++}if(r.secretFile===
void 0){let t={instancePath:i+"/hook",schemaPath:"#/properties/hook/required",keyword:"required",params:{missingProperty:"\
secretFile"}};e===null?e=[t]:e.push(t),s++}for(let t in r)if(!(t==="listen"||t==="certificate"||t==="key"||t==="secretFi\
le")){let a={instancePath:i+"/hook",schemaPath:"#/properties/hook/additionalProperties",keyword:"additionalProperties",params:{
additionalProperty:t}};e===null?e=[a]:e.push(a),s++}if(r.certificate!==void 0&&r.key===void 0){let t={instancePath:i+"/h\
ook",schemaPath:"#/properties/hook/dependencies",keyword:"dependencies",params:{property:"certificate",missingProperty:"\
key",depsCount:1,deps:"key"}};e===null?e=[t]:e.push(t),s++}if(r.key!==void 0&&r.certificate===void 0){let t={instancePath:i+
"/hook",schemaPath:"#/properties/hook/dependencies",keyword:"dependencies",params:{property:"key",missingProperty:"certi\
ficate",depsCount:1,deps:"certificate"}};e===null?e=[t]:e.push(t),s++}if(r.listen!==void 0){let t=r.listen;if(typeof t==
"string"){if(!Y(t)){let a={instancePath:i+"/hook/listen",schemaPath:"#/properties/hook/properties/listen/format",keyword:"\
format",params:{format:"endpoint"}};e===null?e=[a]:e.push(a),s++}}else{let a={instancePath:i+"/hook/listen",schemaPath:"\
#/properties/hook/properties/listen/type",keyword:"type",params:{type:"string"}};e===null?e=[a]:e.push(a),s++}}if(r.certificate!==
void 0){let t=r.certificate;if(typeof t=="string"){if(!w(t)){let a={instancePath:i+"/hook/certificate",schemaPath:"#/pro\
perties/hook/properties/certificate/format",keyword:"format",params:{format:"path"}};e===null?e=[a]:e.push(a),s++}}else{
let a={instancePath:i+"/hook/certificate",schemaPath:"#/properties/hook/properties/certificate/type",keyword:"type",params:{
type:"string"}};e===null?e=[a]:e.push(a),s++}}if(r.key!==void 0){let t=r.key;if(typeof t=="string"){if(!w(t)){let a={instancePath:i+
"/hook/key",schemaPath:"#/properties/hook/properties/key/format",keyword:"format",params:{format:"path"}};e===null?e=[a]:
e.push(a),s++}}else{let a={instancePath:i+"/hook/key",schemaPath:"#/properties/hook/properties/key/type",keyword:"type",
params:{type:"string"}};e===null?e=[a]:e.push(a),s++}}if(r.secretFile!==void 0){let t=r.secretFile;if(typeof t=="string"){
if(!w(t)){let a={instancePath:i+"/hook/secretFile",schemaPath:"#/properties/hook/properties/secretFile/format",keyword:"\
format",params:{format:"path"}};e===null?e=[a]:e.push(a),s++}}else{let a={instancePath:i+"/hook/secretFile",schemaPath:"\
#/properties/hook/properties/secretFile/type",keyword:"type",params:{type:"string"}};e===null?e=[a]:e.push(a),s++}}}else{
let t={instancePath:i+"/hook",schemaPath:"#/properties/hook/type",keyword:"type",params:{type:"object"}};e===null?e=[t]:
e.push(t),s++}}if(o.notify!==void 0){let r=o.notify;if(Array.isArray(r)){if(r.length>32){let a={instancePath:i+"/notify",
schemaPath:"#/properties/notify/maxItems",keyword:"maxItems",params:{limit:32}};e===null?e=[a]:e.push(a),s++}let t=r.length;
for(let a=0;a<t;a++){let p=r[a];if(p&&typeof p=="object"&&!Array.isArray(p)){if(p.type===void 0){let n={instancePath:i+"\
/notify/"+a,schemaPath:"#/properties/notify/items/required",keyword:"required",params:{missingProperty:"type"}};e===null?
e=[n]:e.push(n),s++}if(p.urlFile===void 0){let n={instancePath:i+"/notify/"+a,schemaPath:"#/properties/notify/items/requ\
ired",keyword:"required",params:{missingProperty:"urlFile"}};e===null?e=[n]:e.push(n),s++}for(let n in p)if(!(n==="type"||
n==="urlFile"||n==="events")){let l={instancePath:i+"/notify/"+a,schemaPath:"#/properties/notify/items/additionalPropert\
ies",keyword:"additionalProperties",params:{additionalProperty:n}};e===null?e=[l]:e.push(l),s++}if(p.type!==void 0){let n=p.
type;if(typeof n!="string"){let l={instancePath:i+"/notify/"+a+"/type",schemaPath:"#/properties/notify/items/properties/\
type/type",keyword:"type",params:{type:"string"}};e===null?e=[l]:e.push(l),s++}if(n!=="slack"){let l={instancePath:i+"/n\
otify/"+a+"/type",schemaPath:"#/properties/notify/items/properties/type/enum",keyword:"enum",params:{allowedValues:v.properties.
notify.items.properties.type.enum}};e===null?e=[l]:e.push(l),s++}}if(p.urlFile!==void 0){let n=p.urlFile;if(typeof n=="s\
tring"){if(!w(n)){let l={instancePath:i+"/notify/"+a+"/urlFile",schemaPath:"#/properties/notify/items/properties/urlFile\
/format",keyword:"format",params:{format:"path"}};e===null?e=[l]:e.push(l),s++}}else{let l={instancePath:i+"/notify/"+a+
"/urlFile",schemaPath:"#/properties/notify/items/properties/urlFile/type",keyword:"type",params:{type:"string"}};e===null?
e=[l]:e.push(l),s++}}if(p.events!==void 0){let n=p.events;if(Array.isArray(n)){if(n.length>3){let m={instancePath:i+"/no\
tify/"+a+"/events",schemaPath:"#/properties/notify/items/properties/events/maxItems",keyword:"maxItems",params:{limit:3}};
e===null?e=[m]:e.push(m),s++}if(n.length<1){let m={instancePath:i+"/notify/"+a+"/events",schemaPath:"#/properties/notify\
/items/properties/events/minItems",keyword:"minItems",params:{limit:1}};e===null?e=[m]:e.push(m),s++}let l=n.length;for(let m=0;m<
l;m++){let h=n[m];if(typeof h!="string"){let D={instancePath:i+"/notify/"+a+"/events/"+m,schemaPath:"#/properties/notify\
/items/properties/events/items/type",keyword:"type",params:{type:"string"}};e===null?e=[D]:e.push(D),s++}if(!(h==="drift"||
h==="failed"||h==="applied")){let D={instancePath:i+"/notify/"+a+"/events/"+m,schemaPath:"#/properties/notify/items/prop\
erties/events/items/enum",keyword:"enum",params:{allowedValues:v.properties.notify.items.properties.events.items.enum}};
e===null?e=[D]:e.push(D),s++}}}else{let l={instancePath:i+"/notify/"+a+"/events",schemaPath:"#/properties/notify/items/p\
roperties/events/type",keyword:"type",params:{type:"array"}};e===null?e=[l]:e.push(l),s++}}}else{let n={instancePath:i+"\
/notify/"+a,schemaPath:"#/properties/notify/items/type",keyword:"type",params:{type:"object"}};e===null?e=[n]:e.push(n),
s++}}}else{let t={instancePath:i+"/notify",schemaPath:"#/properties/notify/type",keyword:"type",params:{type:"array"}};e===
null?e=[t]:e.push(t),s++}}if(o.ledger!==void 0){let r=o.ledger;if(r&&typeof r=="object"&&!Array.isArray(r)){for(let t in r)
if(!(t==="remote"||t==="signingKey")){let a={instancePath:i+"/ledger",schemaPath:"#/properties/ledger/additionalProperti\
es",keyword:"additionalProperties",params:{additionalProperty:t}};e===null?e=[a]:e.push(a),s++}if(r.remote!==void 0){let t=r.
remote;if(typeof t!="string"&&t!==null){let a={instancePath:i+"/ledger/remote",schemaPath:"#/properties/ledger/propertie\
s/remote/type",keyword:"type",params:{type:v.properties.ledger.properties.remote.type}};e===null?e=[a]:e.push(a),s++}if(typeof t==
"string"){if(g(t)>2e3){let a={instancePath:i+"/ledger/remote",schemaPath:"#/properties/ledger/properties/remote/maxLengt\
h",keyword:"maxLength",params:{limit:2e3}};e===null?e=[a]:e.push(a),s++}if(!ae(t)){let a={instancePath:i+"/ledger/remote",
schemaPath:"#/properties/ledger/properties/remote/format",keyword:"format",params:{format:"repository-url"}};e===null?e=
[a]:e.push(a),s++}}}if(r.signingKey!==void 0){let t=r.signingKey;if(typeof t!="string"&&t!==null){let a={instancePath:i+
"/ledger/signingKey",schemaPath:"#/properties/ledger/properties/signingKey/type",keyword:"type",params:{type:v.properties.
ledger.properties.signingKey.type}};e===null?e=[a]:e.push(a),s++}if(typeof t=="string"&&!w(t)){let a={instancePath:i+"/l\
edger/signingKey",schemaPath:"#/properties/ledger/properties/signingKey/format",keyword:"format",params:{format:"path"}};
e===null?e=[a]:e.push(a),s++}}}else{let t={instancePath:i+"/ledger",schemaPath:"#/properties/ledger/type",keyword:"type",
params:{type:"object"}};e===null?e=[t]:e.push(t),s++}}}else{let r={instancePath:i,schemaPath:"#/type",keyword:"type",params:{
type:"object"}};e===null?e=[r]:e.push(r),s++}return Pe.errors=e,s===0}var Ze={$id:"host.schema.json",description:"One do\
m0: its public addresses, its private networks and what it does itself. Needed: uplink and addresses.",type:"object",additionalProperties:!1,
required:["uplink","addresses"],properties:{uplink:{description:"The interface to the outside.",type:"object",additionalProperties:!1,
required:["interface"],properties:{interface:{$ref:"#/definitions/interface-name"},gateway:{$ref:"#/definitions/ip",description:"\
The router on the outside."}}},addresses:{description:"The public addresses by name; the first is the default of every f\
orward.",type:"object",minProperties:1,maxProperties:1024,propertyNames:{format:"address-name"},additionalProperties:{$ref:"\
#/definitions/address"}},networks:{description:"The private bridge networks by name.",type:"object",maxProperties:256,propertyNames:{
format:"network-name"},additionalProperties:{$ref:"#/definitions/network"}},listens:{description:"The host's own service\
s, as PORT/PROTOCOL: what `host` means in checks, and what no forward may take away.",type:"array",items:{type:"string",
format:"listen"},maxItems:1e3},toolstack:{description:"xl (default), or netns: no Xen, a guest is a network namespace.",
type:"string",enum:["xl","netns"]},timezone:{description:"For `until`. Default: UTC.",type:"string",format:"timezone"},guestDefaults:{
description:"Merged under every guest: a guest's own value wins, boot and options are merged key by key.",type:"object",
additionalProperties:!1,properties:{owner:{$ref:"#/definitions/line",description:"Whom to ask about a guest."},memory:{description:"\
Memory in MiB.",type:"integer",minimum:4,maximum:16777216},vcpus:{description:"Number of virtual processors.",type:"inte\
ger",minimum:1,maximum:512},type:{description:"The kind of domU.",type:"string",enum:["pv","pvh","hvm"]},boot:{$ref:"#/d\
efinitions/boot"},autostart:{description:"Whether guests start with the host.",type:"boolean"},restart:{description:"Whe\
ther a change that needs a restart may restart a guest.",type:"string",enum:["allowed","never"]},options:{$ref:"#/defini\
tions/options"}}},routes:{description:"Routes of the host to networks behind a guest.",type:"array",maxItems:1e3,items:{
description:"`to` is a network, `via` the IP behind which it lies.",type:"object",additionalProperties:!1,required:["to",
"via"],properties:{to:{$ref:"#/definitions/cidr",description:"The network to reach."},via:{$ref:"#/definitions/ip",description:"\
The IP that leads there."}}}},sysctl:{description:"Kernel settings beside what natroute itself needs (ip_forward, proxy_\
arp, ...), if the local config allows them.",type:"object",maxProperties:1e3,propertyNames:{format:"sysctl-name"},additionalProperties:{
description:"A number or a text.",type:["integer","string"],format:"line",maxLength:200}}},definitions:{line:{type:"stri\
ng",format:"line",maxLength:200},"interface-name":{description:"A network interface: at most 15 characters.",type:"strin\
g",format:"interface-name"},ip:{description:"An IPv4 or IPv6. Quote IPv6.",type:"string",format:"ip"},cidr:{description:"\
A network such as 192.168.1.0/24. No bits may be set behind the prefix. Quote IPv6.",type:"string",format:"cidr"},address:{
description:"An IP, with its prefix length where it has one, or a map.",type:["string","object"],format:"address-ip",additionalProperties:!1,
required:["ip"],properties:{ip:{description:"The IP, with its prefix length where it has one, or a list of one IPv4 and \
one IPv6.",type:["string","array"],format:"address-ip",items:{type:"string",format:"address-ip"},minItems:1,maxItems:2},
mac:{description:"The MAC that the provider ties to the address. Needed with `reached: mac`. Quote it: some YAML tools r\
ead a plain one as a number.",type:"string",format:"mac"},reached:{description:"How an address that a guest carries reac\
hes the host. arp: the provider asks for it (proxy ARP); mac: frames come to that MAC; route: it is routed to the host (\
default).",type:"string",enum:["arp","mac","route"]},interface:{$ref:"#/definitions/interface-name",description:"The upl\
ink that the address is on, where it is not `uplink`'s."}}},network:{description:"A private network on a bridge. Needed:\
 bridge and subnet.",type:"object",additionalProperties:!1,required:["bridge","subnet"],properties:{bridge:{$ref:"#/defi\
nitions/interface-name",description:"The bridge: at most 15 characters."},subnet:{description:"A network, or a list of t\
hese, IPv4 and IPv6.",type:["string","array"],format:"cidr",items:{$ref:"#/definitions/cidr"},minItems:1,maxItems:16},gateway:{
description:"The host's own IP in that network, or a list of one IPv4 and one IPv6.",type:["string","array"],format:"ip",
items:{$ref:"#/definitions/ip"},minItems:1,maxItems:2},snat:{description:"As which address the network's guests leave: a\
 name of `addresses` (default: the first), masquerade (uplinks whose address changes), or none.",type:"string",format:"s\
nat"},hairpin:{description:"Whether guests of this network reach each other through the public addresses. Default: true.",
type:"boolean"}}},boot:{description:"How a domU boots, as Xen names it. What may stand here is bounded by `allow` in the\
 local config.",type:"object",additionalProperties:!1,properties:{bootloader:{description:"A boot loader that dom0 runs,\
 by name or full path, such as pygrub.",type:"string",format:"line",maxLength:200},kernel:{description:"A kernel file on\
 dom0.",type:"string",format:"path"},ramdisk:{description:"An initial ramdisk on dom0.",type:"string",format:"path"},cmdline:{
description:"The kernel's command line.",type:"string",format:"line",maxLength:1e3},root:{description:"The root device i\
n the kernel's command line.",type:"string",format:"line",maxLength:200},extra:{description:"Further words of the kernel\
's command line.",type:"string",format:"line",maxLength:1e3},firmware:{description:"The firmware of an hvm guest.",type:"\
string",enum:["bios","seabios","rombios","uefi","ovmf"]},order:{description:"Where an hvm guest boots from: c disk, d CD\
, n network.",type:"string",format:"boot-order"}}},options:{description:"Further keys of the domU config, spelled as Xen\
 spells them, if the local config allows them.",type:"object",propertyNames:{format:"option-name"},additionalProperties:{
description:"A number, a text or a list of texts; Xen writes yes and no as 1 and 0.",type:["integer","string","array"],format:"\
line",maxLength:1e3,items:{type:["integer","string"],format:"line",maxLength:1e3},maxItems:100},maxProperties:100}}},Je={
$id:"guest.schema.json",description:"One guest; the file's name is the guest's name. To create it under Xen: memory, vcp\
us, disks (and interfaces, where it has a network). For its forwards alone (`state: unmanaged`, or `toolstack: netns`): \
interfaces with an ip, and forwards.",type:"object",additionalProperties:!1,properties:{description:{$ref:"#/definitions\
/line",description:"What the guest is for. Never needed."},owner:{$ref:"#/definitions/line",description:"Whom to ask abo\
ut it. Never needed."},state:{description:"running (default), stopped, absent (the guest is to be removed), or unmanaged\
 (forwards go there, the domU is never touched).",type:"string",enum:["running","stopped","absent","unmanaged"]},memory:{
description:"Memory in MiB. Needed to create the guest under Xen (state running or stopped, toolstack xl); not needed fo\
r its forwards.",type:"integer",minimum:4,maximum:16777216},vcpus:{description:"Number of virtual processors. Needed to \
create the guest under Xen (state running or stopped, toolstack xl); not needed for its forwards.",type:"integer",minimum:1,
maximum:512},type:{description:"The kind of domU. Default: guestDefaults, else what the toolstack takes. Not needed for \
its forwards.",type:"string",enum:["pv","pvh","hvm"]},boot:{$ref:"#/definitions/boot"},autostart:{description:"Whether t\
he guest starts with the host. Default: false. Not needed for its forwards.",type:"boolean"},restart:{description:"allow\
ed: a change that needs a restart of the guest may restart it (within the windows of the local config). never (default):\
 it stays pending. Not needed for its forwards.",type:"string",enum:["allowed","never"]},disks:{description:"The guest's\
 disks; [] for none. Needed to create the guest under Xen (state running or stopped, toolstack xl); not needed for its f\
orwards.",type:"array",items:{$ref:"#/definitions/disk"},maxItems:64},interfaces:{description:"The guest's network inter\
faces, first eth0. Needed for its forwards: they go to the first interface that has an ip.",type:"array",items:{$ref:"#/\
definitions/interface"},maxItems:16},options:{$ref:"#/definitions/options"},forwards:{description:"Public ports that lea\
d to this guest. Needs an interface with an ip.",type:"array",items:{$ref:"#/definitions/forward"},maxItems:2e4}},definitions:{
line:{type:"string",format:"line",maxLength:200},boot:{description:"How the domU boots, as Xen names it. What may stand \
here is bounded by `allow` in the local config. Not needed for its forwards.",type:"object",additionalProperties:!1,properties:{
bootloader:{description:"A boot loader that dom0 runs, by name or full path, such as pygrub.",type:"string",format:"line",
maxLength:200},kernel:{description:"A kernel file on dom0.",type:"string",format:"path"},ramdisk:{description:"An initia\
l ramdisk on dom0.",type:"string",format:"path"},cmdline:{description:"The kernel's command line.",type:"string",format:"\
line",maxLength:1e3},root:{description:"The root device in the kernel's command line.",type:"string",format:"line",maxLength:200},
extra:{description:"Further words of the kernel's command line.",type:"string",format:"line",maxLength:1e3},firmware:{description:"\
The firmware of an hvm guest.",type:"string",enum:["bios","seabios","rombios","uefi","ovmf"]},order:{description:"Where \
an hvm guest boots from: c disk, d CD, n network.",type:"string",format:"boot-order"}}},options:{description:"Further ke\
ys of the domU config, spelled as Xen spells them, if the local config allows them. Not needed for its forwards.",type:"\
object",propertyNames:{format:"option-name"},additionalProperties:{$ref:"#/definitions/option"},maxProperties:100},option:{
description:"A number, a text or a list of texts; Xen writes yes and no as 1 and 0.",type:["integer","string","array"],format:"\
line",maxLength:1e3,items:{type:["integer","string"],format:"line",maxLength:1e3},maxItems:100},disk:{description:"One d\
isk of the guest.",type:"object",additionalProperties:!1,required:["path","as"],properties:{path:{description:"The block\
 device or image on dom0, as a full path.",type:"string",format:"path"},as:{description:"The device's name inside the gu\
est.",type:"string",format:"disk-name"},mode:{description:"w: the guest may write (default); r: read only.",type:"string",
enum:["r","w"]}}},interface:{description:"On a bridge: `network` and, for forwards, `ip`. Carrying a public address itse\
lf: `routed`.",type:"object",additionalProperties:!1,properties:{network:{description:"One of host.yaml's networks.",type:"\
string",format:"network-name"},ip:{description:"The guest's IP in that network, or a list of one IPv4 and one IPv6. Need\
ed for forwards.",type:["string","array"],format:"guest-ip",items:{type:"string",format:"guest-ip"},minItems:1,maxItems:2},
mac:{$ref:"#/definitions/mac"},snat:{description:"The public address, by its name in host.yaml, as which this guest must\
 leave. Default: what the network's snat says.",type:"string",format:"address-name"},routed:{description:"The public add\
ress, by its name in host.yaml, that the guest carries itself (vif-route, /32). Its MAC is that address's, unless `mac` \
says otherwise.",type:"string",format:"address-name"}}},mac:{description:"A MAC address. Quote it: some YAML tools read \
a plain one as a number.",type:"string",format:"mac"},forward:{description:"ADDRESS:PORT/PROTOCOL leads to this guest. O\
nly `port` is needed.",type:"object",additionalProperties:!1,required:["port"],properties:{port:{description:"The public\
 port, a range, or a list of these.",type:["integer","string","array"],minimum:1,maximum:65535,format:"ports",items:{$ref:"\
#/definitions/ports"},minItems:1,maxItems:1e3},to:{description:"The guest's port, or a range of equal length. Default: t\
he same as `port`. A list of ports has no `to`, or one single port.",type:["integer","string"],minimum:1,maximum:65535,format:"\
ports"},protocol:{description:"tcp (default), udp, sctp, or a list of these.",type:["string","array"],format:"protocol",
items:{type:"string",enum:["tcp","udp","sctp"]},minItems:1,maxItems:3},address:{description:"One of host.yaml's addresse\
s. Default: the first.",type:"string",format:"address-name"},from:{description:"Who may use it: a group of groups.yaml, \
an IP, a network, or a list of these. Default: everyone. Others reach the HOST's own port.",type:["string","array"],format:"\
source",items:{type:"string",format:"source"},minItems:1,maxItems:1e3},until:{description:"The last day (to its end) or \
date-time of the forward, in host.yaml's timezone unless it says Z or an offset. The kernel itself keeps it. Before 2038\
-01-19.",type:"string",format:"until"},description:{$ref:"#/definitions/line",description:"What the port is for."}}},ports:{
description:"A port from 1 to 65535, or a range such as 50000-50100.",type:["integer","string"],minimum:1,maximum:65535,
format:"ports"}}},er={$id:"checks.schema.json",description:"Packet checks that must hold before anything is applied: one\
 that fails stops the commit.",type:["object","null"],additionalProperties:!1,properties:{checks:{description:"Each chec\
k sends one thought packet through the rules and says where it must end.",type:"array",items:{$ref:"#/definitions/check"},
maxItems:1e4}},definitions:{check:{description:"One packet: `from`, `to`, and exactly one of `reaches` and `leaves-as`.",
type:"object",additionalProperties:!1,required:["from","to"],properties:{from:{description:"Who sends: `internet` (an ad\
dress that is in no group), a guest's name, or an IP.",type:"string",format:"check-from"},to:{description:"Where to, as \
NAME:PORT/PROTOCOL or IP:PORT/PROTOCOL; NAME is one of host.yaml's addresses, and an IPv6 stands in brackets. A name tha\
t has an IPv4 and an IPv6 is checked on both.",type:"string",format:"check-to"},reaches:{description:"Where the packet m\
ust end: GUEST:PORT, `host` (delivered to dom0, on a port of `listens`), or `nothing` (delivered to nobody who listens, \
or dropped).",type:"string",format:"check-reaches"},"leaves-as":{description:"The public address, by its name in host.ya\
ml, that the outside must see as the sender of a guest's packet.",type:"string",format:"address-name"}}}}},rr={$id:"grou\
ps.schema.json",description:"Named sets of source addresses, for `from` in a guest's forwards. With many hosts: common/g\
roups.yaml.",type:["object","null"],propertyNames:{format:"group-name"},additionalProperties:{description:"The group's n\
etworks and single IPs, IPv4 and IPv6. Quote IPv6.",type:"array",items:{$ref:"#/definitions/network"},maxItems:1e4},definitions:{
network:{description:'A network such as 192.0.2.0/24 or "2001:db8:7::/48", or a single IP. No bits may be set behind the\
 prefix.',type:"string",format:"source-network"}}},tr={$id:"config.schema.json",description:"The local config: trusted, \
root's own, never in the state repository. Needed: repository with its url.",type:"object",additionalProperties:!1,required:[
"repository"],properties:{repository:{description:"The state repository that this host follows.",type:"object",additionalProperties:!1,
required:["url"],properties:{url:{description:"https://HOST/PATH, ssh://[USER@]HOST[:PORT]/PATH, USER@HOST:PATH, or the \
full path of a local repository.",type:"string",format:"repository-url",maxLength:2e3},branch:{description:"The branch t\
o follow. Default: main.",type:"string",format:"branch",maxLength:200},key:{description:"The private ssh key to fetch wi\
th.",type:"string",format:"path"},knownHosts:{description:"The ssh host keys that are trusted.",type:"string",format:"pa\
th"},signers:{description:"Allowed signers (ssh-keygen's format). When set, commits without a good signature are refused\
.",type:"string",format:"path"}}},host:{description:"This host's name in the state repository (hosts/NAME). Default: the\
 host name.",type:"string",format:"host-name"},schedule:{description:"When to look at the remote, as a cron pattern; a s\
ixth field in front counts seconds. Default: every 15 seconds.",type:"string",format:"cron"},policy:{description:"What h\
appens by itself.",type:"object",additionalProperties:!1,properties:{commits:{description:"New commits: apply (default),\
 or hold until `natroute approve`.",type:"string",enum:["apply","hold"]},drift:{description:"Drift: heal (default), or o\
nly report.",type:"string",enum:["heal","report"]},deletions:{description:"Deletions: apply (default), or hold until `na\
troute approve`.",type:"string",enum:["apply","hold"]}}},windows:{description:"When what disturbs may happen.",type:"obj\
ect",additionalProperties:!1,properties:{restart:{description:"When guests with `restart: allowed` may be restarted. Def\
ault: at any time.",type:"array",maxItems:100,items:{description:"A window opens by `cron` and stays open `for` a while.",
type:"object",additionalProperties:!1,required:["cron","for"],properties:{cron:{description:"When the window opens.",type:"\
string",format:"cron"},for:{$ref:"#/definitions/duration",description:"How long it stays open."},timezone:{description:"\
Of `cron`. Default: UTC.",type:"string",format:"timezone"}}}}}},confirm:{description:"After an apply all probes must pas\
s within this time; else the last good generation comes back. Default: no probes.",type:"object",additionalProperties:!1,
required:["within","probes"],properties:{within:{$ref:"#/definitions/duration",description:"How long the probes are trie\
d."},probes:{description:"What must work.",type:"array",minItems:1,maxItems:32,items:{$ref:"#/definitions/probe"}}}},allow:{
description:"What the state repository may name on this host. What is not listed is refused.",type:"object",additionalProperties:!1,
properties:{disks:{$ref:"#/definitions/patterns",description:"Disk paths, such as /dev/vg0/*."},bootloaders:{$ref:"#/def\
initions/patterns",description:"Boot loaders, such as pygrub."},kernels:{$ref:"#/definitions/patterns",description:"Kern\
els and ramdisks."},scripts:{$ref:"#/definitions/patterns",description:"Hotplug scripts, such as vif-bridge."},bridges:{
$ref:"#/definitions/patterns",description:"Bridges, such as br0."},options:{$ref:"#/definitions/patterns",description:"K\
eys of `options`, such as cpu_weight."},sysctls:{$ref:"#/definitions/patterns",description:"Kernel settings, such as net\
.ipv4.*."}}},listen:{description:"Where /metrics, /healthz, /api/v1 and the page are served, as IP:PORT. Default: nowher\
e.",type:["string","null"],format:"endpoint"},hook:{description:"Where a webhook of the git server wakes a fetch. Defaul\
t: nowhere.",type:"object",additionalProperties:!1,required:["listen","secretFile"],dependencies:{certificate:["key"],key:[
"certificate"]},properties:{listen:{description:"IP:PORT.",type:"string",format:"endpoint"},certificate:{description:"Th\
e TLS certificate; without one the hook speaks plain HTTP.",type:"string",format:"path"},key:{description:"The certifica\
te's private key.",type:"string",format:"path"},secretFile:{description:"The file with the secret that signs each delive\
ry.",type:"string",format:"path"}}},notify:{description:"Whom to tell.",type:"array",maxItems:32,items:{description:"One\
 receiver.",type:"object",additionalProperties:!1,required:["type","urlFile"],properties:{type:{description:"The kind of\
 receiver.",type:"string",enum:["slack"]},urlFile:{description:"The file with the receiver's URL: it is a secret.",type:"\
string",format:"path"},events:{description:"What to tell. Default: all of them.",type:"array",minItems:1,maxItems:3,items:{
type:"string",enum:["drift","failed","applied"]}}}}},ledger:{description:"The record of every pass that changed or found\
 something.",type:"object",additionalProperties:!1,properties:{remote:{description:"Where to push it, in the same forms \
as the repository's url. Default: nowhere.",type:["string","null"],format:"repository-url",maxLength:2e3},signingKey:{description:"\
The ssh key that signs its commits. Default: none.",type:["string","null"],format:"path"}}}},definitions:{duration:{description:"\
A number with its unit: 60s, 10m, 2h or 1d.",type:"string",format:"duration"},patterns:{type:"array",maxItems:1e3,items:{
description:"A name or path; * stands for any characters but a slash.",type:"string",format:"line",minLength:1,maxLength:200}},
probe:{description:"One probe: exactly one of tcp, ping and inbound.",type:"object",additionalProperties:!1,minProperties:1,
maxProperties:1,properties:{tcp:{description:"A TCP connection to IP:PORT must open.",type:"string",format:"endpoint"},ping:{
description:"`gateway`, or an IP, must answer.",type:"string",format:"ping-target"},inbound:{description:"Somebody outsi\
de must have reached this port of the host, as PORT/PROTOCOL.",type:"string",format:"listen"}}}}};export{er as checksSchema,tr as configSchema,rr as groupsSchema,Je as guestSchema,Ze as hostSchema,Qe as validateChecksFile,
Ye as validateConfigFile,Ge as validateGroupsFile,Be as validateGuestFile,_e as validateHostFile};
