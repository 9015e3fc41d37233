// Made from schemas/ by `npm run generate`: do not edit.
var Ve=(o,a)=>()=>{try{return a||o((a={exports:{}}).exports,a),a.exports}catch(b){throw a=0,b}};var xe=Ve(ce=>{"use strict";Object.defineProperty(ce,"__esModule",{value:!0});function ve(o){let a=o.length,b=0,w=0,f;for(;w<
a;)b++,f=o.charCodeAt(w++),f>=55296&&f<=56319&&w<a&&(f=o.charCodeAt(w),(f&64512)===56320&&w++);return b}ce.default=ve;ve.
code='require("ajv/dist/runtime/ucs2length").default'});import{formats as g}from"../parse/formats.ts";var lr=ze,h={$id:"host.schema.json",description:"One dom0: its public addr\
esses, its private networks and what it does itself. Needed: uplink and addresses.",type:"object",additionalProperties:!1,
required:["uplink","addresses"],properties:{uplink:{description:"The interface to the outside.",type:"object",additionalProperties:!1,
required:["interface"],properties:{interface:{$ref:"#/definitions/interface-name",description:"Its name, as `ip link` sh\
ows it."},gateway:{description:"The router on the outside, or a list of one IPv4 and one IPv6. An IPv6 may be link-local\
, without a zone: it is on this interface.",type:["string","array"],format:"router-ip",items:{$ref:"#/definitions/router\
-ip"},minItems:1,maxItems:2}}},addresses:{description:"The public addresses by name; the first is the default of every f\
orward.",type:"object",minProperties:1,maxProperties:1024,propertyNames:{format:"address-name"},additionalProperties:{$ref:"\
#/definitions/address"}},networks:{description:"The private bridge networks by name.",type:"object",maxProperties:256,propertyNames:{
format:"network-name"},additionalProperties:{$ref:"#/definitions/network"}},listens:{description:"The host's own service\
s, as PORT/PROTOCOL: what `host` means in checks, and what no forward may take away.",type:"array",items:{type:"string",
format:"listen"},maxItems:1e3},forwarding:{description:"accept: forwarded connections to guests pass the filter table's \
FORWARD chain, by a chain of natroute's own there. none (default): the filter table is left alone.",type:"string",enum:[
"accept","none"]},hostNetwork:{description:"ifupdown: the host's own bridges, public addresses, macvlans and routes are \
written to /etc/network/interfaces.d/natroute; nothing is restarted by itself. none (default): they are the host's own b\
usiness.",type:"string",enum:["ifupdown","none"]},toolstack:{description:"xl (default), or netns: no Xen, a guest is a n\
etwork namespace.",type:"string",enum:["xl","netns"]},timezone:{description:"For `until`. Default: UTC.",type:"string",format:"\
timezone"},guestDefaults:{description:"Merged under every guest: a guest's own value wins, boot and options are merged k\
ey by key.",type:"object",additionalProperties:!1,properties:{owner:{$ref:"#/definitions/line",description:"Whom to ask \
about a guest."},memory:{description:"Memory in MiB.",type:"integer",minimum:4,maximum:16777216},vcpus:{description:"Num\
ber of virtual processors.",type:"integer",minimum:1,maximum:512},type:{description:"The kind of domU.",type:"string",enum:[
"pv","pvh","hvm"]},boot:{$ref:"#/definitions/boot"},autostart:{description:"Whether guests start with the host.",type:"b\
oolean"},restart:{description:"Whether a change that needs a restart may restart a guest.",type:"string",enum:["allowed",
"never"]},options:{$ref:"#/definitions/options"}}},routes:{description:"Routes of the host to networks behind a guest.",
type:"array",maxItems:1e3,items:{description:"`to` is a network, `via` the IP behind which it lies.",type:"object",additionalProperties:!1,
required:["to","via"],properties:{to:{$ref:"#/definitions/cidr",description:"The network to reach."},via:{$ref:"#/defini\
tions/router-ip",description:"The IP that leads there; a link-local one only where it is the uplink's gateway."}}}},sysctl:{
description:"Kernel settings beside what natroute itself needs (ip_forward, proxy_arp, ...), if the local config allows \
them.",type:"object",maxProperties:1e3,propertyNames:{format:"sysctl-name"},additionalProperties:{description:"A number \
or a text.",type:["integer","string"],format:"line",maxLength:200}}},definitions:{line:{type:"string",format:"line",maxLength:200},
"interface-name":{description:"A network interface: at most 15 characters.",type:"string",format:"interface-name"},ip:{description:"\
An IPv4 or IPv6. Quote IPv6.",type:"string",format:"ip"},"router-ip":{description:"An IPv4 or IPv6 of a router; an IPv6 \
may be link-local. Quote IPv6.",type:"string",format:"router-ip"},cidr:{description:"A network such as 192.168.1.0/24. N\
o bits may be set behind the prefix. Quote IPv6.",type:"string",format:"cidr"},address:{description:"An IP, with its pre\
fix length where it has one, or a map.",type:["string","object"],format:"address-ip",additionalProperties:!1,required:["\
ip"],properties:{ip:{description:"The IP, with its prefix length where it has one, or a list of one IPv4 and one IPv6.",
type:["string","array"],format:"address-ip",items:{type:"string",format:"address-ip"},minItems:1,maxItems:2},mac:{description:"\
The MAC that the provider ties to the address. Needed with `reached: mac`. Quote it: some YAML tools read a plain one as\
 a number.",type:"string",format:"mac"},reached:{description:"How an address that a guest carries reaches the host. arp:\
 the provider asks for it (proxy ARP); mac: frames come to that MAC, on a macvlan of the address's name; route: it is ro\
uted to the host (default).",type:"string",enum:["arp","mac","route"]},interface:{$ref:"#/definitions/interface-name",description:"\
The uplink that the address is on, where it is not `uplink`'s."}}},network:{description:"A private network on a bridge. \
Needed: bridge and subnet.",type:"object",additionalProperties:!1,required:["bridge","subnet"],properties:{bridge:{$ref:"\
#/definitions/interface-name",description:"The bridge: at most 15 characters."},subnet:{description:"A network, or a lis\
t of these, IPv4 and IPv6.",type:["string","array"],format:"cidr",items:{$ref:"#/definitions/cidr"},minItems:1,maxItems:16},
gateway:{description:"The host's own IP in that network, or a list of one IPv4 and one IPv6.",type:["string","array"],format:"\
ip",items:{$ref:"#/definitions/ip"},minItems:1,maxItems:2},snat:{description:"As which address the network's guests leav\
e: a name of `addresses` (default: the first), masquerade (uplinks whose address changes), or none.",type:"string",format:"\
snat"},hairpin:{description:"Whether guests of this network reach each other through the public addresses. Default: true\
.",type:"boolean"}}},boot:{description:"How a domU boots, as Xen names it. What may stand here is bounded by `allow` in \
the local config.",type:"object",additionalProperties:!1,properties:{bootloader:{description:"A boot loader that dom0 ru\
ns, by name or full path, such as pygrub.",type:"string",format:"line",maxLength:200},kernel:{description:"A kernel file\
 on dom0.",type:"string",format:"path"},ramdisk:{description:"An initial ramdisk on dom0.",type:"string",format:"path"},
cmdline:{description:"The kernel's command line.",type:"string",format:"line",maxLength:1e3},root:{description:"The root\
 device in the kernel's command line.",type:"string",format:"line",maxLength:200},extra:{description:"Further words of t\
he kernel's command line.",type:"string",format:"line",maxLength:1e3},firmware:{description:"The firmware of an hvm gues\
t.",type:"string",enum:["bios","seabios","rombios","uefi","ovmf"]},order:{description:"Where an hvm guest boots from: c \
disk, d CD, n network.",type:"string",format:"boot-order"}}},options:{description:"Further keys of the domU config, spel\
led as Xen spells them, if the local config allows them.",type:"object",propertyNames:{format:"option-name"},additionalProperties:{
description:"A number, a text or a list of texts; Xen writes yes and no as 1 and 0.",type:["integer","string","array"],format:"\
line",maxLength:1e3,items:{type:["integer","string"],format:"line",maxLength:1e3},maxItems:100},maxProperties:100}}},Se=Object.
prototype.hasOwnProperty,D=xe().default,he={description:"A network interface: at most 15 characters.",type:"string",format:"\
interface-name"},Ge=g["interface-name"];function W(o,{instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){
let e=null,s=0;if(typeof o=="string"){if(!Ge(o)){let r={instancePath:a,schemaPath:"#/format",keyword:"format",params:{format:"\
interface-name"},schema:"interface-name",parentSchema:he,data:o};e===null?e=[r]:e.push(r),s++}}else{let r={instancePath:a,
schemaPath:"#/type",keyword:"type",params:{type:"string"},schema:he.type,parentSchema:he,data:o};e===null?e=[r]:e.push(r),
s++}return W.errors=e,s===0}var fe={description:"An IPv4 or IPv6 of a router; an IPv6 may be link-local. Quote IPv6.",type:"\
string",format:"router-ip"},Te=g["router-ip"];function C(o,{instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){
let e=null,s=0;if(typeof o=="string"){if(!Te(o)){let r={instancePath:a,schemaPath:"#/format",keyword:"format",params:{format:"\
router-ip"},schema:"router-ip",parentSchema:fe,data:o};e===null?e=[r]:e.push(r),s++}}else{let r={instancePath:a,schemaPath:"\
#/type",keyword:"type",params:{type:"string"},schema:fe.type,parentSchema:fe,data:o};e===null?e=[r]:e.push(r),s++}return C.
errors=e,s===0}var v={description:"An IP, with its prefix length where it has one, or a map.",type:["string","object"],format:"\
address-ip",additionalProperties:!1,required:["ip"],properties:{ip:{description:"The IP, with its prefix length where it\
 has one, or a list of one IPv4 and one IPv6.",type:["string","array"],format:"address-ip",items:{type:"string",format:"\
address-ip"},minItems:1,maxItems:2},mac:{description:"The MAC that the provider ties to the address. Needed with `reache\
d: mac`. Quote it: some YAML tools read a plain one as a number.",type:"string",format:"mac"},reached:{description:"How \
an address that a guest carries reaches the host. arp: the provider asks for it (proxy ARP); mac: frames come to that MA\
C, on a macvlan of the address's name; route: it is routed to the host (default).",type:"string",enum:["arp","mac","rout\
e"]},interface:{$ref:"#/definitions/interface-name",description:"The uplink that the address is on, where it is not `upl\
ink`'s."}}},de=g["address-ip"],Le=g.mac;function Q(o,{instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){
let e=null,s=0;if(typeof o!="string"&&!(o&&typeof o=="object"&&!Array.isArray(o))){let r={instancePath:a,schemaPath:"#/t\
ype",keyword:"type",params:{type:v.type},schema:v.type,parentSchema:v,data:o};e===null?e=[r]:e.push(r),s++}if(typeof o==
"string"&&!de(o)){let r={instancePath:a,schemaPath:"#/format",keyword:"format",params:{format:"address-ip"},schema:"addr\
ess-ip",parentSchema:v,data:o};e===null?e=[r]:e.push(r),s++}if(o&&typeof o=="object"&&!Array.isArray(o)){if(o.ip===void 0){
let r={instancePath:a,schemaPath:"#/required",keyword:"required",params:{missingProperty:"ip"},schema:v.required,parentSchema:v,
data:o};e===null?e=[r]:e.push(r),s++}for(let r in o)if(!(r==="ip"||r==="mac"||r==="reached"||r==="interface")){let t={instancePath:a,
schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:r},schema:!1,parentSchema:v,
data:o};e===null?e=[t]:e.push(t),s++}if(o.ip!==void 0){let r=o.ip;if(typeof r!="string"&&!Array.isArray(r)){let t={instancePath:a+
"/ip",schemaPath:"#/properties/ip/type",keyword:"type",params:{type:v.properties.ip.type},schema:v.properties.ip.type,parentSchema:v.
properties.ip,data:r};e===null?e=[t]:e.push(t),s++}if(typeof r=="string"&&!de(r)){let t={instancePath:a+"/ip",schemaPath:"\
#/properties/ip/format",keyword:"format",params:{format:"address-ip"},schema:"address-ip",parentSchema:v.properties.ip,data:r};
e===null?e=[t]:e.push(t),s++}if(Array.isArray(r)){if(r.length>2){let i={instancePath:a+"/ip",schemaPath:"#/properties/ip\
/maxItems",keyword:"maxItems",params:{limit:2},schema:2,parentSchema:v.properties.ip,data:r};e===null?e=[i]:e.push(i),s++}
if(r.length<1){let i={instancePath:a+"/ip",schemaPath:"#/properties/ip/minItems",keyword:"minItems",params:{limit:1},schema:1,
parentSchema:v.properties.ip,data:r};e===null?e=[i]:e.push(i),s++}let t=r.length;for(let i=0;i<t;i++){let n=r[i];if(typeof n==
"string"){if(!de(n)){let p={instancePath:a+"/ip/"+i,schemaPath:"#/properties/ip/items/format",keyword:"format",params:{format:"\
address-ip"},schema:"address-ip",parentSchema:v.properties.ip.items,data:n};e===null?e=[p]:e.push(p),s++}}else{let p={instancePath:a+
"/ip/"+i,schemaPath:"#/properties/ip/items/type",keyword:"type",params:{type:"string"},schema:v.properties.ip.items.type,
parentSchema:v.properties.ip.items,data:n};e===null?e=[p]:e.push(p),s++}}}}if(o.mac!==void 0){let r=o.mac;if(typeof r=="\
string"){if(!Le(r)){let t={instancePath:a+"/mac",schemaPath:"#/properties/mac/format",keyword:"format",params:{format:"m\
ac"},schema:"mac",parentSchema:v.properties.mac,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/mac",
schemaPath:"#/properties/mac/type",keyword:"type",params:{type:"string"},schema:v.properties.mac.type,parentSchema:v.properties.
mac,data:r};e===null?e=[t]:e.push(t),s++}}if(o.reached!==void 0){let r=o.reached;if(typeof r!="string"){let t={instancePath:a+
"/reached",schemaPath:"#/properties/reached/type",keyword:"type",params:{type:"string"},schema:v.properties.reached.type,
parentSchema:v.properties.reached,data:r};e===null?e=[t]:e.push(t),s++}if(!(r==="arp"||r==="mac"||r==="route")){let t={instancePath:a+
"/reached",schemaPath:"#/properties/reached/enum",keyword:"enum",params:{allowedValues:v.properties.reached.enum},schema:v.
properties.reached.enum,parentSchema:v.properties.reached,data:r};e===null?e=[t]:e.push(t),s++}}o.interface!==void 0&&(W(
o.interface,{instancePath:a+"/interface",parentData:o,parentDataProperty:"interface",rootData:f})||(e=e===null?W.errors:
e.concat(W.errors),s=e.length))}return Q.errors=e,s===0}var x={description:"A private network on a bridge. Needed: bridg\
e and subnet.",type:"object",additionalProperties:!1,required:["bridge","subnet"],properties:{bridge:{$ref:"#/definition\
s/interface-name",description:"The bridge: at most 15 characters."},subnet:{description:"A network, or a list of these, \
IPv4 and IPv6.",type:["string","array"],format:"cidr",items:{$ref:"#/definitions/cidr"},minItems:1,maxItems:16},gateway:{
description:"The host's own IP in that network, or a list of one IPv4 and one IPv6.",type:["string","array"],format:"ip",
items:{$ref:"#/definitions/ip"},minItems:1,maxItems:2},snat:{description:"As which address the network's guests leave: a\
 name of `addresses` (default: the first), masquerade (uplinks whose address changes), or none.",type:"string",format:"s\
nat"},hairpin:{description:"Whether guests of this network reach each other through the public addresses. Default: true.",
type:"boolean"}}},ye={description:"A network such as 192.168.1.0/24. No bits may be set behind the prefix. Quote IPv6.",
type:"string",format:"cidr"},qe=g.cidr;function M(o,{instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){
let e=null,s=0;if(typeof o=="string"){if(!qe(o)){let r={instancePath:a,schemaPath:"#/format",keyword:"format",params:{format:"\
cidr"},schema:"cidr",parentSchema:ye,data:o};e===null?e=[r]:e.push(r),s++}}else{let r={instancePath:a,schemaPath:"#/type",
keyword:"type",params:{type:"string"},schema:ye.type,parentSchema:ye,data:o};e===null?e=[r]:e.push(r),s++}return M.errors=
e,s===0}var ue={description:"An IPv4 or IPv6. Quote IPv6.",type:"string",format:"ip"},Oe=g.ip;function _(o,{instancePath:a="",
parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(typeof o=="string"){if(!Oe(o)){let r={instancePath:a,
schemaPath:"#/format",keyword:"format",params:{format:"ip"},schema:"ip",parentSchema:ue,data:o};e===null?e=[r]:e.push(r),
s++}}else{let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"string"},schema:ue.type,parentSchema:ue,
data:o};e===null?e=[r]:e.push(r),s++}return _.errors=e,s===0}var Xe=g.snat;function B(o,{instancePath:a="",parentData:b,
parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){if(o.bridge===void 0){
let r={instancePath:a,schemaPath:"#/required",keyword:"required",params:{missingProperty:"bridge"},schema:x.required,parentSchema:x,
data:o};e===null?e=[r]:e.push(r),s++}if(o.subnet===void 0){let r={instancePath:a,schemaPath:"#/required",keyword:"requir\
ed",params:{missingProperty:"subnet"},schema:x.required,parentSchema:x,data:o};e===null?e=[r]:e.push(r),s++}for(let r in o)
if(!(r==="bridge"||r==="subnet"||r==="gateway"||r==="snat"||r==="hairpin")){let t={instancePath:a,schemaPath:"#/addition\
alProperties",keyword:"additionalProperties",params:{additionalProperty:r},schema:!1,parentSchema:x,data:o};e===null?e=[
t]:e.push(t),s++}if(o.bridge!==void 0&&(W(o.bridge,{instancePath:a+"/bridge",parentData:o,parentDataProperty:"bridge",rootData:f})||
(e=e===null?W.errors:e.concat(W.errors),s=e.length)),o.subnet!==void 0){let r=o.subnet;if(typeof r!="string"&&!Array.isArray(
r)){let t={instancePath:a+"/subnet",schemaPath:"#/properties/subnet/type",keyword:"type",params:{type:x.properties.subnet.
type},schema:x.properties.subnet.type,parentSchema:x.properties.subnet,data:r};e===null?e=[t]:e.push(t),s++}if(typeof r==
"string"&&!qe(r)){let t={instancePath:a+"/subnet",schemaPath:"#/properties/subnet/format",keyword:"format",params:{format:"\
cidr"},schema:"cidr",parentSchema:x.properties.subnet,data:r};e===null?e=[t]:e.push(t),s++}if(Array.isArray(r)){if(r.length>
16){let i={instancePath:a+"/subnet",schemaPath:"#/properties/subnet/maxItems",keyword:"maxItems",params:{limit:16},schema:16,
parentSchema:x.properties.subnet,data:r};e===null?e=[i]:e.push(i),s++}if(r.length<1){let i={instancePath:a+"/subnet",schemaPath:"\
#/properties/subnet/minItems",keyword:"minItems",params:{limit:1},schema:1,parentSchema:x.properties.subnet,data:r};e===
null?e=[i]:e.push(i),s++}let t=r.length;for(let i=0;i<t;i++)M(r[i],{instancePath:a+"/subnet/"+i,parentData:r,parentDataProperty:i,
rootData:f})||(e=e===null?M.errors:e.concat(M.errors),s=e.length)}}if(o.gateway!==void 0){let r=o.gateway;if(typeof r!="\
string"&&!Array.isArray(r)){let t={instancePath:a+"/gateway",schemaPath:"#/properties/gateway/type",keyword:"type",params:{
type:x.properties.gateway.type},schema:x.properties.gateway.type,parentSchema:x.properties.gateway,data:r};e===null?e=[t]:
e.push(t),s++}if(typeof r=="string"&&!Oe(r)){let t={instancePath:a+"/gateway",schemaPath:"#/properties/gateway/format",keyword:"\
format",params:{format:"ip"},schema:"ip",parentSchema:x.properties.gateway,data:r};e===null?e=[t]:e.push(t),s++}if(Array.
isArray(r)){if(r.length>2){let i={instancePath:a+"/gateway",schemaPath:"#/properties/gateway/maxItems",keyword:"maxItems",
params:{limit:2},schema:2,parentSchema:x.properties.gateway,data:r};e===null?e=[i]:e.push(i),s++}if(r.length<1){let i={instancePath:a+
"/gateway",schemaPath:"#/properties/gateway/minItems",keyword:"minItems",params:{limit:1},schema:1,parentSchema:x.properties.
gateway,data:r};e===null?e=[i]:e.push(i),s++}let t=r.length;for(let i=0;i<t;i++)_(r[i],{instancePath:a+"/gateway/"+i,parentData:r,
parentDataProperty:i,rootData:f})||(e=e===null?_.errors:e.concat(_.errors),s=e.length)}}if(o.snat!==void 0){let r=o.snat;
if(typeof r=="string"){if(!Xe(r)){let t={instancePath:a+"/snat",schemaPath:"#/properties/snat/format",keyword:"format",params:{
format:"snat"},schema:"snat",parentSchema:x.properties.snat,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+
"/snat",schemaPath:"#/properties/snat/type",keyword:"type",params:{type:"string"},schema:x.properties.snat.type,parentSchema:x.
properties.snat,data:r};e===null?e=[t]:e.push(t),s++}}if(o.hairpin!==void 0){let r=o.hairpin;if(typeof r!="boolean"){let t={
instancePath:a+"/hairpin",schemaPath:"#/properties/hairpin/type",keyword:"type",params:{type:"boolean"},schema:x.properties.
hairpin.type,parentSchema:x.properties.hairpin,data:r};e===null?e=[t]:e.push(t),s++}}}else{let r={instancePath:a,schemaPath:"\
#/type",keyword:"type",params:{type:"object"},schema:x.type,parentSchema:x,data:o};e===null?e=[r]:e.push(r),s++}return B.
errors=e,s===0}var X={type:"string",format:"line",maxLength:200},L=g.line;function Y(o,{instancePath:a="",parentData:b,parentDataProperty:w,
rootData:f=o}={}){let e=null,s=0;if(typeof o=="string"){if(D(o)>200){let r={instancePath:a,schemaPath:"#/maxLength",keyword:"\
maxLength",params:{limit:200},schema:200,parentSchema:X,data:o};e===null?e=[r]:e.push(r),s++}if(!L(o)){let r={instancePath:a,
schemaPath:"#/format",keyword:"format",params:{format:"line"},schema:"line",parentSchema:X,data:o};e===null?e=[r]:e.push(
r),s++}}else{let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"string"},schema:X.type,parentSchema:X,
data:o};e===null?e=[r]:e.push(r),s++}return Y.errors=e,s===0}var k={description:"How a domU boots, as Xen names it. What\
 may stand here is bounded by `allow` in the local config.",type:"object",additionalProperties:!1,properties:{bootloader:{
description:"A boot loader that dom0 runs, by name or full path, such as pygrub.",type:"string",format:"line",maxLength:200},
kernel:{description:"A kernel file on dom0.",type:"string",format:"path"},ramdisk:{description:"An initial ramdisk on do\
m0.",type:"string",format:"path"},cmdline:{description:"The kernel's command line.",type:"string",format:"line",maxLength:1e3},
root:{description:"The root device in the kernel's command line.",type:"string",format:"line",maxLength:200},extra:{description:"\
Further words of the kernel's command line.",type:"string",format:"line",maxLength:1e3},firmware:{description:"The firmw\
are of an hvm guest.",type:"string",enum:["bios","seabios","rombios","uefi","ovmf"]},order:{description:"Where an hvm gu\
est boots from: c disk, d CD, n network.",type:"string",format:"boot-order"}}},O=g.path,Fe=g["boot-order"];function J(o,{
instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(
o)){for(let r in o)if(!(r==="bootloader"||r==="kernel"||r==="ramdisk"||r==="cmdline"||r==="root"||r==="extra"||r==="firm\
ware"||r==="order")){let t={instancePath:a,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:r},
schema:!1,parentSchema:k,data:o};e===null?e=[t]:e.push(t),s++}if(o.bootloader!==void 0){let r=o.bootloader;if(typeof r==
"string"){if(D(r)>200){let t={instancePath:a+"/bootloader",schemaPath:"#/properties/bootloader/maxLength",keyword:"maxLe\
ngth",params:{limit:200},schema:200,parentSchema:k.properties.bootloader,data:r};e===null?e=[t]:e.push(t),s++}if(!L(r)){
let t={instancePath:a+"/bootloader",schemaPath:"#/properties/bootloader/format",keyword:"format",params:{format:"line"},
schema:"line",parentSchema:k.properties.bootloader,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/bo\
otloader",schemaPath:"#/properties/bootloader/type",keyword:"type",params:{type:"string"},schema:k.properties.bootloader.
type,parentSchema:k.properties.bootloader,data:r};e===null?e=[t]:e.push(t),s++}}if(o.kernel!==void 0){let r=o.kernel;if(typeof r==
"string"){if(!O(r)){let t={instancePath:a+"/kernel",schemaPath:"#/properties/kernel/format",keyword:"format",params:{format:"\
path"},schema:"path",parentSchema:k.properties.kernel,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"\
/kernel",schemaPath:"#/properties/kernel/type",keyword:"type",params:{type:"string"},schema:k.properties.kernel.type,parentSchema:k.
properties.kernel,data:r};e===null?e=[t]:e.push(t),s++}}if(o.ramdisk!==void 0){let r=o.ramdisk;if(typeof r=="string"){if(!O(
r)){let t={instancePath:a+"/ramdisk",schemaPath:"#/properties/ramdisk/format",keyword:"format",params:{format:"path"},schema:"\
path",parentSchema:k.properties.ramdisk,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/ramdisk",schemaPath:"\
#/properties/ramdisk/type",keyword:"type",params:{type:"string"},schema:k.properties.ramdisk.type,parentSchema:k.properties.
ramdisk,data:r};e===null?e=[t]:e.push(t),s++}}if(o.cmdline!==void 0){let r=o.cmdline;if(typeof r=="string"){if(D(r)>1e3){
let t={instancePath:a+"/cmdline",schemaPath:"#/properties/cmdline/maxLength",keyword:"maxLength",params:{limit:1e3},schema:1e3,
parentSchema:k.properties.cmdline,data:r};e===null?e=[t]:e.push(t),s++}if(!L(r)){let t={instancePath:a+"/cmdline",schemaPath:"\
#/properties/cmdline/format",keyword:"format",params:{format:"line"},schema:"line",parentSchema:k.properties.cmdline,data:r};
e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/cmdline",schemaPath:"#/properties/cmdline/type",keyword:"type",
params:{type:"string"},schema:k.properties.cmdline.type,parentSchema:k.properties.cmdline,data:r};e===null?e=[t]:e.push(
t),s++}}if(o.root!==void 0){let r=o.root;if(typeof r=="string"){if(D(r)>200){let t={instancePath:a+"/root",schemaPath:"#\
/properties/root/maxLength",keyword:"maxLength",params:{limit:200},schema:200,parentSchema:k.properties.root,data:r};e===
null?e=[t]:e.push(t),s++}if(!L(r)){let t={instancePath:a+"/root",schemaPath:"#/properties/root/format",keyword:"format",
params:{format:"line"},schema:"line",parentSchema:k.properties.root,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+
"/root",schemaPath:"#/properties/root/type",keyword:"type",params:{type:"string"},schema:k.properties.root.type,parentSchema:k.
properties.root,data:r};e===null?e=[t]:e.push(t),s++}}if(o.extra!==void 0){let r=o.extra;if(typeof r=="string"){if(D(r)>
1e3){let t={instancePath:a+"/extra",schemaPath:"#/properties/extra/maxLength",keyword:"maxLength",params:{limit:1e3},schema:1e3,
parentSchema:k.properties.extra,data:r};e===null?e=[t]:e.push(t),s++}if(!L(r)){let t={instancePath:a+"/extra",schemaPath:"\
#/properties/extra/format",keyword:"format",params:{format:"line"},schema:"line",parentSchema:k.properties.extra,data:r};
e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/extra",schemaPath:"#/properties/extra/type",keyword:"type",params:{
type:"string"},schema:k.properties.extra.type,parentSchema:k.properties.extra,data:r};e===null?e=[t]:e.push(t),s++}}if(o.
firmware!==void 0){let r=o.firmware;if(typeof r!="string"){let t={instancePath:a+"/firmware",schemaPath:"#/properties/fi\
rmware/type",keyword:"type",params:{type:"string"},schema:k.properties.firmware.type,parentSchema:k.properties.firmware,
data:r};e===null?e=[t]:e.push(t),s++}if(!(r==="bios"||r==="seabios"||r==="rombios"||r==="uefi"||r==="ovmf")){let t={instancePath:a+
"/firmware",schemaPath:"#/properties/firmware/enum",keyword:"enum",params:{allowedValues:k.properties.firmware.enum},schema:k.
properties.firmware.enum,parentSchema:k.properties.firmware,data:r};e===null?e=[t]:e.push(t),s++}}if(o.order!==void 0){let r=o.
order;if(typeof r=="string"){if(!Fe(r)){let t={instancePath:a+"/order",schemaPath:"#/properties/order/format",keyword:"f\
ormat",params:{format:"boot-order"},schema:"boot-order",parentSchema:k.properties.order,data:r};e===null?e=[t]:e.push(t),
s++}}else{let t={instancePath:a+"/order",schemaPath:"#/properties/order/type",keyword:"type",params:{type:"string"},schema:k.
properties.order.type,parentSchema:k.properties.order,data:r};e===null?e=[t]:e.push(t),s++}}}else{let r={instancePath:a,
schemaPath:"#/type",keyword:"type",params:{type:"object"},schema:k.type,parentSchema:k,data:o};e===null?e=[r]:e.push(r),
s++}return J.errors=e,s===0}var T={description:"Further keys of the domU config, spelled as Xen spells them, if the loca\
l config allows them.",type:"object",propertyNames:{format:"option-name"},additionalProperties:{description:"A number, a\
 text or a list of texts; Xen writes yes and no as 1 and 0.",type:["integer","string","array"],format:"line",maxLength:1e3,
items:{type:["integer","string"],format:"line",maxLength:1e3},maxItems:100},maxProperties:100},$e=g["option-name"];function Z(o,{
instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(
o)){if(Object.keys(o).length>100){let t={instancePath:a,schemaPath:"#/maxProperties",keyword:"maxProperties",params:{limit:100},
schema:100,parentSchema:T,data:o};e===null?e=[t]:e.push(t),s++}for(let t in o){let i=s;if(typeof t=="string"&&!$e(t)){let n={
instancePath:a,schemaPath:"#/propertyNames/format",keyword:"format",params:{format:"option-name"},schema:"option-name",parentSchema:T.
propertyNames,data:t,propertyName:t};e===null?e=[n]:e.push(n),s++}var r=i===s;if(!r){let n={instancePath:a,schemaPath:"#\
/propertyNames",keyword:"propertyNames",params:{propertyName:t},schema:T.propertyNames,parentSchema:T,data:o};e===null?e=
[n]:e.push(n),s++}}for(let t in o){let i=o[t];if(!(typeof i=="number"&&!(i%1)&&!isNaN(i)&&isFinite(i))&&typeof i!="strin\
g"&&!Array.isArray(i)){let n={instancePath:a+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/additionalProper\
ties/type",keyword:"type",params:{type:T.additionalProperties.type},schema:T.additionalProperties.type,parentSchema:T.additionalProperties,
data:i};e===null?e=[n]:e.push(n),s++}if(typeof i=="string"){if(D(i)>1e3){let n={instancePath:a+"/"+t.replace(/~/g,"~0").
replace(/\//g,"~1"),schemaPath:"#/additionalProperties/maxLength",keyword:"maxLength",params:{limit:1e3},schema:1e3,parentSchema:T.
additionalProperties,data:i};e===null?e=[n]:e.push(n),s++}if(!L(i)){let n={instancePath:a+"/"+t.replace(/~/g,"~0").replace(
/\//g,"~1"),schemaPath:"#/additionalProperties/format",keyword:"format",params:{format:"line"},schema:"line",parentSchema:T.
additionalProperties,data:i};e===null?e=[n]:e.push(n),s++}}if(Array.isArray(i)){if(i.length>100){let p={instancePath:a+"\
/"+t.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/additionalProperties/maxItems",keyword:"maxItems",params:{limit:100},
schema:100,parentSchema:T.additionalProperties,data:i};e===null?e=[p]:e.push(p),s++}let n=i.length;for(let p=0;p<n;p++){
let l=i[p];if(!(typeof l=="number"&&!(l%1)&&!isNaN(l)&&isFinite(l))&&typeof l!="string"){let c={instancePath:a+"/"+t.replace(
/~/g,"~0").replace(/\//g,"~1")+"/"+p,schemaPath:"#/additionalProperties/items/type",keyword:"type",params:{type:T.additionalProperties.
items.type},schema:T.additionalProperties.items.type,parentSchema:T.additionalProperties.items,data:l};e===null?e=[c]:e.
push(c),s++}if(typeof l=="string"){if(D(l)>1e3){let c={instancePath:a+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1")+"/"+p,
schemaPath:"#/additionalProperties/items/maxLength",keyword:"maxLength",params:{limit:1e3},schema:1e3,parentSchema:T.additionalProperties.
items,data:l};e===null?e=[c]:e.push(c),s++}if(!L(l)){let c={instancePath:a+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1")+
"/"+p,schemaPath:"#/additionalProperties/items/format",keyword:"format",params:{format:"line"},schema:"line",parentSchema:T.
additionalProperties.items,data:l};e===null?e=[c]:e.push(c),s++}}}}}}else{let t={instancePath:a,schemaPath:"#/type",keyword:"\
type",params:{type:"object"},schema:T.type,parentSchema:T,data:o};e===null?e=[t]:e.push(t),s++}return Z.errors=e,s===0}var G=g["\
address-name"],We=g["network-name"],Ee=g.listen,Re=g.timezone,Ke=g["sysctl-name"];function ze(o,{instancePath:a="",parentData:b,
parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){if(o.uplink===void 0){
let n={instancePath:a,schemaPath:"#/required",keyword:"required",params:{missingProperty:"uplink"},schema:h.required,parentSchema:h,
data:o};e===null?e=[n]:e.push(n),s++}if(o.addresses===void 0){let n={instancePath:a,schemaPath:"#/required",keyword:"req\
uired",params:{missingProperty:"addresses"},schema:h.required,parentSchema:h,data:o};e===null?e=[n]:e.push(n),s++}for(let n in o)
if(!Se.call(h.properties,n)){let p={instancePath:a,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{
additionalProperty:n},schema:!1,parentSchema:h,data:o};e===null?e=[p]:e.push(p),s++}if(o.uplink!==void 0){let n=o.uplink;
if(n&&typeof n=="object"&&!Array.isArray(n)){if(n.interface===void 0){let p={instancePath:a+"/uplink",schemaPath:"#/prop\
erties/uplink/required",keyword:"required",params:{missingProperty:"interface"},schema:h.properties.uplink.required,parentSchema:h.
properties.uplink,data:n};e===null?e=[p]:e.push(p),s++}for(let p in n)if(!(p==="interface"||p==="gateway")){let l={instancePath:a+
"/uplink",schemaPath:"#/properties/uplink/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:p},
schema:!1,parentSchema:h.properties.uplink,data:n};e===null?e=[l]:e.push(l),s++}if(n.interface!==void 0&&(W(n.interface,
{instancePath:a+"/uplink/interface",parentData:n,parentDataProperty:"interface",rootData:f})||(e=e===null?W.errors:e.concat(
W.errors),s=e.length)),n.gateway!==void 0){let p=n.gateway;if(typeof p!="string"&&!Array.isArray(p)){let l={instancePath:a+
"/uplink/gateway",schemaPath:"#/properties/uplink/properties/gateway/type",keyword:"type",params:{type:h.properties.uplink.
properties.gateway.type},schema:h.properties.uplink.properties.gateway.type,parentSchema:h.properties.uplink.properties.
gateway,data:p};e===null?e=[l]:e.push(l),s++}if(typeof p=="string"&&!Te(p)){let l={instancePath:a+"/uplink/gateway",schemaPath:"\
#/properties/uplink/properties/gateway/format",keyword:"format",params:{format:"router-ip"},schema:"router-ip",parentSchema:h.
properties.uplink.properties.gateway,data:p};e===null?e=[l]:e.push(l),s++}if(Array.isArray(p)){if(p.length>2){let c={instancePath:a+
"/uplink/gateway",schemaPath:"#/properties/uplink/properties/gateway/maxItems",keyword:"maxItems",params:{limit:2},schema:2,
parentSchema:h.properties.uplink.properties.gateway,data:p};e===null?e=[c]:e.push(c),s++}if(p.length<1){let c={instancePath:a+
"/uplink/gateway",schemaPath:"#/properties/uplink/properties/gateway/minItems",keyword:"minItems",params:{limit:1},schema:1,
parentSchema:h.properties.uplink.properties.gateway,data:p};e===null?e=[c]:e.push(c),s++}let l=p.length;for(let c=0;c<l;c++)
C(p[c],{instancePath:a+"/uplink/gateway/"+c,parentData:p,parentDataProperty:c,rootData:f})||(e=e===null?C.errors:e.concat(
C.errors),s=e.length)}}}else{let p={instancePath:a+"/uplink",schemaPath:"#/properties/uplink/type",keyword:"type",params:{
type:"object"},schema:h.properties.uplink.type,parentSchema:h.properties.uplink,data:n};e===null?e=[p]:e.push(p),s++}}if(o.
addresses!==void 0){let n=o.addresses;if(n&&typeof n=="object"&&!Array.isArray(n)){if(Object.keys(n).length>1024){let p={
instancePath:a+"/addresses",schemaPath:"#/properties/addresses/maxProperties",keyword:"maxProperties",params:{limit:1024},
schema:1024,parentSchema:h.properties.addresses,data:n};e===null?e=[p]:e.push(p),s++}if(Object.keys(n).length<1){let p={
instancePath:a+"/addresses",schemaPath:"#/properties/addresses/minProperties",keyword:"minProperties",params:{limit:1},schema:1,
parentSchema:h.properties.addresses,data:n};e===null?e=[p]:e.push(p),s++}for(let p in n){let l=s;if(typeof p=="string"&&
!G(p)){let c={instancePath:a+"/addresses",schemaPath:"#/properties/addresses/propertyNames/format",keyword:"format",params:{
format:"address-name"},schema:"address-name",parentSchema:h.properties.addresses.propertyNames,data:p,propertyName:p};e===
null?e=[c]:e.push(c),s++}var r=l===s;if(!r){let c={instancePath:a+"/addresses",schemaPath:"#/properties/addresses/proper\
tyNames",keyword:"propertyNames",params:{propertyName:p},schema:h.properties.addresses.propertyNames,parentSchema:h.properties.
addresses,data:n};e===null?e=[c]:e.push(c),s++}}for(let p in n)Q(n[p],{instancePath:a+"/addresses/"+p.replace(/~/g,"~0").
replace(/\//g,"~1"),parentData:n,parentDataProperty:p,rootData:f})||(e=e===null?Q.errors:e.concat(Q.errors),s=e.length)}else{
let p={instancePath:a+"/addresses",schemaPath:"#/properties/addresses/type",keyword:"type",params:{type:"object"},schema:h.
properties.addresses.type,parentSchema:h.properties.addresses,data:n};e===null?e=[p]:e.push(p),s++}}if(o.networks!==void 0){
let n=o.networks;if(n&&typeof n=="object"&&!Array.isArray(n)){if(Object.keys(n).length>256){let p={instancePath:a+"/netw\
orks",schemaPath:"#/properties/networks/maxProperties",keyword:"maxProperties",params:{limit:256},schema:256,parentSchema:h.
properties.networks,data:n};e===null?e=[p]:e.push(p),s++}for(let p in n){let l=s;if(typeof p=="string"&&!We(p)){let c={instancePath:a+
"/networks",schemaPath:"#/properties/networks/propertyNames/format",keyword:"format",params:{format:"network-name"},schema:"\
network-name",parentSchema:h.properties.networks.propertyNames,data:p,propertyName:p};e===null?e=[c]:e.push(c),s++}var t=l===
s;if(!t){let c={instancePath:a+"/networks",schemaPath:"#/properties/networks/propertyNames",keyword:"propertyNames",params:{
propertyName:p},schema:h.properties.networks.propertyNames,parentSchema:h.properties.networks,data:n};e===null?e=[c]:e.push(
c),s++}}for(let p in n)B(n[p],{instancePath:a+"/networks/"+p.replace(/~/g,"~0").replace(/\//g,"~1"),parentData:n,parentDataProperty:p,
rootData:f})||(e=e===null?B.errors:e.concat(B.errors),s=e.length)}else{let p={instancePath:a+"/networks",schemaPath:"#/p\
roperties/networks/type",keyword:"type",params:{type:"object"},schema:h.properties.networks.type,parentSchema:h.properties.
networks,data:n};e===null?e=[p]:e.push(p),s++}}if(o.listens!==void 0){let n=o.listens;if(Array.isArray(n)){if(n.length>1e3){
let l={instancePath:a+"/listens",schemaPath:"#/properties/listens/maxItems",keyword:"maxItems",params:{limit:1e3},schema:1e3,
parentSchema:h.properties.listens,data:n};e===null?e=[l]:e.push(l),s++}let p=n.length;for(let l=0;l<p;l++){let c=n[l];if(typeof c==
"string"){if(!Ee(c)){let y={instancePath:a+"/listens/"+l,schemaPath:"#/properties/listens/items/format",keyword:"format",
params:{format:"listen"},schema:"listen",parentSchema:h.properties.listens.items,data:c};e===null?e=[y]:e.push(y),s++}}else{
let y={instancePath:a+"/listens/"+l,schemaPath:"#/properties/listens/items/type",keyword:"type",params:{type:"string"},schema:h.
properties.listens.items.type,parentSchema:h.properties.listens.items,data:c};e===null?e=[y]:e.push(y),s++}}}else{let p={
instancePath:a+"/listens",schemaPath:"#/properties/listens/type",keyword:"type",params:{type:"array"},schema:h.properties.
listens.type,parentSchema:h.properties.listens,data:n};e===null?e=[p]:e.push(p),s++}}if(o.forwarding!==void 0){let n=o.forwarding;
if(typeof n!="string"){let p={instancePath:a+"/forwarding",schemaPath:"#/properties/forwarding/type",keyword:"type",params:{
type:"string"},schema:h.properties.forwarding.type,parentSchema:h.properties.forwarding,data:n};e===null?e=[p]:e.push(p),
s++}if(!(n==="accept"||n==="none")){let p={instancePath:a+"/forwarding",schemaPath:"#/properties/forwarding/enum",keyword:"\
enum",params:{allowedValues:h.properties.forwarding.enum},schema:h.properties.forwarding.enum,parentSchema:h.properties.
forwarding,data:n};e===null?e=[p]:e.push(p),s++}}if(o.hostNetwork!==void 0){let n=o.hostNetwork;if(typeof n!="string"){let p={
instancePath:a+"/hostNetwork",schemaPath:"#/properties/hostNetwork/type",keyword:"type",params:{type:"string"},schema:h.
properties.hostNetwork.type,parentSchema:h.properties.hostNetwork,data:n};e===null?e=[p]:e.push(p),s++}if(!(n==="ifupdow\
n"||n==="none")){let p={instancePath:a+"/hostNetwork",schemaPath:"#/properties/hostNetwork/enum",keyword:"enum",params:{
allowedValues:h.properties.hostNetwork.enum},schema:h.properties.hostNetwork.enum,parentSchema:h.properties.hostNetwork,
data:n};e===null?e=[p]:e.push(p),s++}}if(o.toolstack!==void 0){let n=o.toolstack;if(typeof n!="string"){let p={instancePath:a+
"/toolstack",schemaPath:"#/properties/toolstack/type",keyword:"type",params:{type:"string"},schema:h.properties.toolstack.
type,parentSchema:h.properties.toolstack,data:n};e===null?e=[p]:e.push(p),s++}if(!(n==="xl"||n==="netns")){let p={instancePath:a+
"/toolstack",schemaPath:"#/properties/toolstack/enum",keyword:"enum",params:{allowedValues:h.properties.toolstack.enum},
schema:h.properties.toolstack.enum,parentSchema:h.properties.toolstack,data:n};e===null?e=[p]:e.push(p),s++}}if(o.timezone!==
void 0){let n=o.timezone;if(typeof n=="string"){if(!Re(n)){let p={instancePath:a+"/timezone",schemaPath:"#/properties/ti\
mezone/format",keyword:"format",params:{format:"timezone"},schema:"timezone",parentSchema:h.properties.timezone,data:n};
e===null?e=[p]:e.push(p),s++}}else{let p={instancePath:a+"/timezone",schemaPath:"#/properties/timezone/type",keyword:"ty\
pe",params:{type:"string"},schema:h.properties.timezone.type,parentSchema:h.properties.timezone,data:n};e===null?e=[p]:e.
push(p),s++}}if(o.guestDefaults!==void 0){let n=o.guestDefaults;if(n&&typeof n=="object"&&!Array.isArray(n)){for(let p in n)
if(!(p==="owner"||p==="memory"||p==="vcpus"||p==="type"||p==="boot"||p==="autostart"||p==="restart"||p==="options")){let l={
instancePath:a+"/guestDefaults",schemaPath:"#/properties/guestDefaults/additionalProperties",keyword:"additionalProperti\
es",params:{additionalProperty:p},schema:!1,parentSchema:h.properties.guestDefaults,data:n};e===null?e=[l]:e.push(l),s++}
if(n.owner!==void 0&&(Y(n.owner,{instancePath:a+"/guestDefaults/owner",parentData:n,parentDataProperty:"owner",rootData:f})||
(e=e===null?Y.errors:e.concat(Y.errors),s=e.length)),n.memory!==void 0){let p=n.memory;if(!(typeof p=="number"&&!(p%1)&&
!isNaN(p)&&isFinite(p))){let l={instancePath:a+"/guestDefaults/memory",schemaPath:"#/properties/guestDefaults/properties\
/memory/type",keyword:"type",params:{type:"integer"},schema:h.properties.guestDefaults.properties.memory.type,parentSchema:h.
properties.guestDefaults.properties.memory,data:p};e===null?e=[l]:e.push(l),s++}if(typeof p=="number"&&isFinite(p)){if(p>
16777216||isNaN(p)){let l={instancePath:a+"/guestDefaults/memory",schemaPath:"#/properties/guestDefaults/properties/memo\
ry/maximum",keyword:"maximum",params:{comparison:"<=",limit:16777216},schema:16777216,parentSchema:h.properties.guestDefaults.
properties.memory,data:p};e===null?e=[l]:e.push(l),s++}if(p<4||isNaN(p)){let l={instancePath:a+"/guestDefaults/memory",schemaPath:"\
#/properties/guestDefaults/properties/memory/minimum",keyword:"minimum",params:{comparison:">=",limit:4},schema:4,parentSchema:h.
properties.guestDefaults.properties.memory,data:p};e===null?e=[l]:e.push(l),s++}}}if(n.vcpus!==void 0){let p=n.vcpus;if(!(typeof p==
"number"&&!(p%1)&&!isNaN(p)&&isFinite(p))){let l={instancePath:a+"/guestDefaults/vcpus",schemaPath:"#/properties/guestDe\
faults/properties/vcpus/type",keyword:"type",params:{type:"integer"},schema:h.properties.guestDefaults.properties.vcpus.
type,parentSchema:h.properties.guestDefaults.properties.vcpus,data:p};e===null?e=[l]:e.push(l),s++}if(typeof p=="number"&&
isFinite(p)){if(p>512||isNaN(p)){let l={instancePath:a+"/guestDefaults/vcpus",schemaPath:"#/properties/guestDefaults/pro\
perties/vcpus/maximum",keyword:"maximum",params:{comparison:"<=",limit:512},schema:512,parentSchema:h.properties.guestDefaults.
properties.vcpus,data:p};e===null?e=[l]:e.push(l),s++}if(p<1||isNaN(p)){let l={instancePath:a+"/guestDefaults/vcpus",schemaPath:"\
#/properties/guestDefaults/properties/vcpus/minimum",keyword:"minimum",params:{comparison:">=",limit:1},schema:1,parentSchema:h.
properties.guestDefaults.properties.vcpus,data:p};e===null?e=[l]:e.push(l),s++}}}if(n.type!==void 0){let p=n.type;if(typeof p!=
"string"){let l={instancePath:a+"/guestDefaults/type",schemaPath:"#/properties/guestDefaults/properties/type/type",keyword:"\
type",params:{type:"string"},schema:h.properties.guestDefaults.properties.type.type,parentSchema:h.properties.guestDefaults.
properties.type,data:p};e===null?e=[l]:e.push(l),s++}if(!(p==="pv"||p==="pvh"||p==="hvm")){let l={instancePath:a+"/guest\
Defaults/type",schemaPath:"#/properties/guestDefaults/properties/type/enum",keyword:"enum",params:{allowedValues:h.properties.
guestDefaults.properties.type.enum},schema:h.properties.guestDefaults.properties.type.enum,parentSchema:h.properties.guestDefaults.
properties.type,data:p};e===null?e=[l]:e.push(l),s++}}if(n.boot!==void 0&&(J(n.boot,{instancePath:a+"/guestDefaults/boot",
parentData:n,parentDataProperty:"boot",rootData:f})||(e=e===null?J.errors:e.concat(J.errors),s=e.length)),n.autostart!==
void 0){let p=n.autostart;if(typeof p!="boolean"){let l={instancePath:a+"/guestDefaults/autostart",schemaPath:"#/propert\
ies/guestDefaults/properties/autostart/type",keyword:"type",params:{type:"boolean"},schema:h.properties.guestDefaults.properties.
autostart.type,parentSchema:h.properties.guestDefaults.properties.autostart,data:p};e===null?e=[l]:e.push(l),s++}}if(n.restart!==
void 0){let p=n.restart;if(typeof p!="string"){let l={instancePath:a+"/guestDefaults/restart",schemaPath:"#/properties/g\
uestDefaults/properties/restart/type",keyword:"type",params:{type:"string"},schema:h.properties.guestDefaults.properties.
restart.type,parentSchema:h.properties.guestDefaults.properties.restart,data:p};e===null?e=[l]:e.push(l),s++}if(!(p==="a\
llowed"||p==="never")){let l={instancePath:a+"/guestDefaults/restart",schemaPath:"#/properties/guestDefaults/properties/\
restart/enum",keyword:"enum",params:{allowedValues:h.properties.guestDefaults.properties.restart.enum},schema:h.properties.
guestDefaults.properties.restart.enum,parentSchema:h.properties.guestDefaults.properties.restart,data:p};e===null?e=[l]:
e.push(l),s++}}n.options!==void 0&&(Z(n.options,{instancePath:a+"/guestDefaults/options",parentData:n,parentDataProperty:"\
options",rootData:f})||(e=e===null?Z.errors:e.concat(Z.errors),s=e.length))}else{let p={instancePath:a+"/guestDefaults",
schemaPath:"#/properties/guestDefaults/type",keyword:"type",params:{type:"object"},schema:h.properties.guestDefaults.type,
parentSchema:h.properties.guestDefaults,data:n};e===null?e=[p]:e.push(p),s++}}if(o.routes!==void 0){let n=o.routes;if(Array.
isArray(n)){if(n.length>1e3){let l={instancePath:a+"/routes",schemaPath:"#/properties/routes/maxItems",keyword:"maxItems",
params:{limit:1e3},schema:1e3,parentSchema:h.properties.routes,data:n};e===null?e=[l]:e.push(l),s++}let p=n.length;for(let l=0;l<
p;l++){let c=n[l];if(c&&typeof c=="object"&&!Array.isArray(c)){if(c.to===void 0){let y={instancePath:a+"/routes/"+l,schemaPath:"\
#/properties/routes/items/required",keyword:"required",params:{missingProperty:"to"},schema:h.properties.routes.items.required,
parentSchema:h.properties.routes.items,data:c};e===null?e=[y]:e.push(y),s++}if(c.via===void 0){let y={instancePath:a+"/r\
outes/"+l,schemaPath:"#/properties/routes/items/required",keyword:"required",params:{missingProperty:"via"},schema:h.properties.
routes.items.required,parentSchema:h.properties.routes.items,data:c};e===null?e=[y]:e.push(y),s++}for(let y in c)if(!(y===
"to"||y==="via")){let S={instancePath:a+"/routes/"+l,schemaPath:"#/properties/routes/items/additionalProperties",keyword:"\
additionalProperties",params:{additionalProperty:y},schema:!1,parentSchema:h.properties.routes.items,data:c};e===null?e=
[S]:e.push(S),s++}c.to!==void 0&&(M(c.to,{instancePath:a+"/routes/"+l+"/to",parentData:c,parentDataProperty:"to",rootData:f})||
(e=e===null?M.errors:e.concat(M.errors),s=e.length)),c.via!==void 0&&(C(c.via,{instancePath:a+"/routes/"+l+"/via",parentData:c,
parentDataProperty:"via",rootData:f})||(e=e===null?C.errors:e.concat(C.errors),s=e.length))}else{let y={instancePath:a+"\
/routes/"+l,schemaPath:"#/properties/routes/items/type",keyword:"type",params:{type:"object"},schema:h.properties.routes.
items.type,parentSchema:h.properties.routes.items,data:c};e===null?e=[y]:e.push(y),s++}}}else{let p={instancePath:a+"/ro\
utes",schemaPath:"#/properties/routes/type",keyword:"type",params:{type:"array"},schema:h.properties.routes.type,parentSchema:h.
properties.routes,data:n};e===null?e=[p]:e.push(p),s++}}if(o.sysctl!==void 0){let n=o.sysctl;if(n&&typeof n=="object"&&!Array.
isArray(n)){if(Object.keys(n).length>1e3){let p={instancePath:a+"/sysctl",schemaPath:"#/properties/sysctl/maxProperties",
keyword:"maxProperties",params:{limit:1e3},schema:1e3,parentSchema:h.properties.sysctl,data:n};e===null?e=[p]:e.push(p),
s++}for(let p in n){let l=s;if(typeof p=="string"&&!Ke(p)){let c={instancePath:a+"/sysctl",schemaPath:"#/properties/sysc\
tl/propertyNames/format",keyword:"format",params:{format:"sysctl-name"},schema:"sysctl-name",parentSchema:h.properties.sysctl.
propertyNames,data:p,propertyName:p};e===null?e=[c]:e.push(c),s++}var i=l===s;if(!i){let c={instancePath:a+"/sysctl",schemaPath:"\
#/properties/sysctl/propertyNames",keyword:"propertyNames",params:{propertyName:p},schema:h.properties.sysctl.propertyNames,
parentSchema:h.properties.sysctl,data:n};e===null?e=[c]:e.push(c),s++}}for(let p in n){let l=n[p];if(!(typeof l=="number"&&
!(l%1)&&!isNaN(l)&&isFinite(l))&&typeof l!="string"){let c={instancePath:a+"/sysctl/"+p.replace(/~/g,"~0").replace(/\//g,
"~1"),schemaPath:"#/properties/sysctl/additionalProperties/type",keyword:"type",params:{type:h.properties.sysctl.additionalProperties.
type},schema:h.properties.sysctl.additionalProperties.type,parentSchema:h.properties.sysctl.additionalProperties,data:l};
e===null?e=[c]:e.push(c),s++}if(typeof l=="string"){if(D(l)>200){let c={instancePath:a+"/sysctl/"+p.replace(/~/g,"~0").replace(
/\//g,"~1"),schemaPath:"#/properties/sysctl/additionalProperties/maxLength",keyword:"maxLength",params:{limit:200},schema:200,
parentSchema:h.properties.sysctl.additionalProperties,data:l};e===null?e=[c]:e.push(c),s++}if(!L(l)){let c={instancePath:a+
"/sysctl/"+p.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/sysctl/additionalProperties/format",keyword:"\
format",params:{format:"line"},schema:"line",parentSchema:h.properties.sysctl.additionalProperties,data:l};e===null?e=[c]:
e.push(c),s++}}}}else{let p={instancePath:a+"/sysctl",schemaPath:"#/properties/sysctl/type",keyword:"type",params:{type:"\
object"},schema:h.properties.sysctl.type,parentSchema:h.properties.sysctl,data:n};e===null?e=[p]:e.push(p),s++}}}else{let n={
instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"object"},schema:h.type,parentSchema:h,data:o};e===null?e=
[n]:e.push(n),s++}return ze.errors=e,s===0}var cr=Ce,u={$id:"guest.schema.json",description:"One guest; the file's name \
is the guest's name. To create it under Xen: memory, vcpus, disks (and interfaces, where it has a network). For its forw\
ards alone (`state: unmanaged`, or `toolstack: netns`): interfaces with an ip, and forwards.",type:"object",additionalProperties:!1,
properties:{description:{$ref:"#/definitions/line",description:"What the guest is for. Never needed."},owner:{$ref:"#/de\
finitions/line",description:"Whom to ask about it. Never needed."},state:{description:"running (default), stopped, absen\
t (the guest is to be removed), or unmanaged (forwards go there, the domU is never touched).",type:"string",enum:["runni\
ng","stopped","absent","unmanaged"]},memory:{description:"Memory in MiB. Needed to create the guest under Xen (state run\
ning or stopped, toolstack xl); not needed for its forwards.",type:"integer",minimum:4,maximum:16777216},vcpus:{description:"\
Number of virtual processors. Needed to create the guest under Xen (state running or stopped, toolstack xl); not needed \
for its forwards.",type:"integer",minimum:1,maximum:512},type:{description:"The kind of domU. Default: guestDefaults, el\
se what the toolstack takes. Not needed for its forwards.",type:"string",enum:["pv","pvh","hvm"]},boot:{$ref:"#/definiti\
ons/boot"},autostart:{description:"Whether the guest starts with the host. Default: false. Not needed for its forwards.",
type:"boolean"},restart:{description:"allowed: a change that needs a restart of the guest may restart it (within the win\
dows of the local config). never (default): it stays pending. Not needed for its forwards.",type:"string",enum:["allowed",
"never"]},disks:{description:"The guest's disks; [] for none. Needed to create the guest under Xen (state running or sto\
pped, toolstack xl); not needed for its forwards.",type:"array",items:{$ref:"#/definitions/disk"},maxItems:64},interfaces:{
description:"The guest's network interfaces, first eth0. Needed for its forwards: they go to the first interface that ha\
s an ip.",type:"array",items:{$ref:"#/definitions/interface"},maxItems:16},options:{$ref:"#/definitions/options"},forwards:{
description:"Public ports that lead to this guest. Needs an interface with an ip.",type:"array",items:{$ref:"#/definitio\
ns/forward"},maxItems:2e4}},definitions:{line:{type:"string",format:"line",maxLength:200},boot:{description:"How the dom\
U boots, as Xen names it. What may stand here is bounded by `allow` in the local config. Not needed for its forwards.",type:"\
object",additionalProperties:!1,properties:{bootloader:{description:"A boot loader that dom0 runs, by name or full path,\
 such as pygrub.",type:"string",format:"line",maxLength:200},kernel:{description:"A kernel file on dom0.",type:"string",
format:"path"},ramdisk:{description:"An initial ramdisk on dom0.",type:"string",format:"path"},cmdline:{description:"The\
 kernel's command line.",type:"string",format:"line",maxLength:1e3},root:{description:"The root device in the kernel's c\
ommand line.",type:"string",format:"line",maxLength:200},extra:{description:"Further words of the kernel's command line.",
type:"string",format:"line",maxLength:1e3},firmware:{description:"The firmware of an hvm guest.",type:"string",enum:["bi\
os","seabios","rombios","uefi","ovmf"]},order:{description:"Where an hvm guest boots from: c disk, d CD, n network.",type:"\
string",format:"boot-order"}}},options:{description:"Further keys of the domU config, spelled as Xen spells them, if the\
 local config allows them. Not needed for its forwards.",type:"object",propertyNames:{format:"option-name"},additionalProperties:{
$ref:"#/definitions/option"},maxProperties:100},option:{description:"A number, a text or a list of texts; Xen writes yes\
 and no as 1 and 0.",type:["integer","string","array"],format:"line",maxLength:1e3,items:{type:["integer","string"],format:"\
line",maxLength:1e3},maxItems:100},disk:{description:"One disk of the guest.",type:"object",additionalProperties:!1,required:[
"path","as"],properties:{path:{description:"The block device or image on dom0, as a full path.",type:"string",format:"pa\
th"},as:{description:"The device's name inside the guest.",type:"string",format:"disk-name"},mode:{description:"w: the g\
uest may write (default); r: read only.",type:"string",enum:["r","w"]}}},interface:{description:"On a bridge: `network` \
and, for forwards, `ip`. Carrying a public address itself: `routed`.",type:"object",additionalProperties:!1,properties:{
network:{description:"One of host.yaml's networks.",type:"string",format:"network-name"},ip:{description:"The guest's IP\
 in that network, or a list of one IPv4 and one IPv6. Needed for forwards.",type:["string","array"],format:"guest-ip",items:{
type:"string",format:"guest-ip"},minItems:1,maxItems:2},mac:{$ref:"#/definitions/mac"},snat:{description:"The public add\
ress, by its name in host.yaml, as which this guest must leave. Default: what the network's snat says.",type:"string",format:"\
address-name"},routed:{description:"The public address, by its name in host.yaml, that the guest carries itself (vif-rou\
te, /32). Its MAC is that address's, unless `mac` says otherwise.",type:"string",format:"address-name"}}},mac:{description:"\
A MAC address. Quote it: some YAML tools read a plain one as a number.",type:"string",format:"mac"},forward:{description:"\
ADDRESS:PORT/PROTOCOL leads to this guest. Only `port` is needed.",type:"object",additionalProperties:!1,required:["port"],
properties:{port:{description:"The public port, a range, or a list of these.",type:["integer","string","array"],minimum:1,
maximum:65535,format:"ports",items:{$ref:"#/definitions/ports"},minItems:1,maxItems:1e3},to:{description:"The guest's po\
rt, or a range of equal length. Default: the same as `port`. A list of ports has no `to`, or one single port.",type:["in\
teger","string"],minimum:1,maximum:65535,format:"ports"},protocol:{description:"tcp (default), udp, sctp, or a list of t\
hese.",type:["string","array"],format:"protocol",items:{type:"string",enum:["tcp","udp","sctp"]},minItems:1,maxItems:3},
address:{description:"One of host.yaml's addresses. Default: the first.",type:"string",format:"address-name"},from:{description:"\
Who may use it: a group of groups.yaml, an IP, a network, or a list of these. Default: everyone. Others reach the HOST's\
 own port.",type:["string","array"],format:"source",items:{type:"string",format:"source"},minItems:1,maxItems:1e3},until:{
description:"The last day (to its end) or date-time of the forward, in host.yaml's timezone unless it says Z or an offse\
t. The kernel itself keeps it. Before 2038-01-19.",type:"string",format:"until"},description:{$ref:"#/definitions/line",
description:"What the port is for."}}},ports:{description:"A port from 1 to 65535, or a range such as 50000-50100.",type:[
"integer","string"],minimum:1,maximum:65535,format:"ports"}}},K={type:"string",format:"line",maxLength:200};function $(o,{
instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(typeof o=="string"){if(D(o)>200){
let r={instancePath:a,schemaPath:"#/maxLength",keyword:"maxLength",params:{limit:200},schema:200,parentSchema:K,data:o};
e===null?e=[r]:e.push(r),s++}if(!L(o)){let r={instancePath:a,schemaPath:"#/format",keyword:"format",params:{format:"line"},
schema:"line",parentSchema:K,data:o};e===null?e=[r]:e.push(r),s++}}else{let r={instancePath:a,schemaPath:"#/type",keyword:"\
type",params:{type:"string"},schema:K.type,parentSchema:K,data:o};e===null?e=[r]:e.push(r),s++}return $.errors=e,s===0}var P={
description:"How the domU boots, as Xen names it. What may stand here is bounded by `allow` in the local config. Not nee\
ded for its forwards.",type:"object",additionalProperties:!1,properties:{bootloader:{description:"A boot loader that dom\
0 runs, by name or full path, such as pygrub.",type:"string",format:"line",maxLength:200},kernel:{description:"A kernel \
file on dom0.",type:"string",format:"path"},ramdisk:{description:"An initial ramdisk on dom0.",type:"string",format:"pat\
h"},cmdline:{description:"The kernel's command line.",type:"string",format:"line",maxLength:1e3},root:{description:"The \
root device in the kernel's command line.",type:"string",format:"line",maxLength:200},extra:{description:"Further words \
of the kernel's command line.",type:"string",format:"line",maxLength:1e3},firmware:{description:"The firmware of an hvm \
guest.",type:"string",enum:["bios","seabios","rombios","uefi","ovmf"]},order:{description:"Where an hvm guest boots from\
: c disk, d CD, n network.",type:"string",format:"boot-order"}}};function ee(o,{instancePath:a="",parentData:b,parentDataProperty:w,
rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){for(let r in o)if(!(r==="bootloader"||r===
"kernel"||r==="ramdisk"||r==="cmdline"||r==="root"||r==="extra"||r==="firmware"||r==="order")){let t={instancePath:a,schemaPath:"\
#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:r},schema:!1,parentSchema:P,data:o};e===
null?e=[t]:e.push(t),s++}if(o.bootloader!==void 0){let r=o.bootloader;if(typeof r=="string"){if(D(r)>200){let t={instancePath:a+
"/bootloader",schemaPath:"#/properties/bootloader/maxLength",keyword:"maxLength",params:{limit:200},schema:200,parentSchema:P.
properties.bootloader,data:r};e===null?e=[t]:e.push(t),s++}if(!L(r)){let t={instancePath:a+"/bootloader",schemaPath:"#/p\
roperties/bootloader/format",keyword:"format",params:{format:"line"},schema:"line",parentSchema:P.properties.bootloader,
data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/bootloader",schemaPath:"#/properties/bootloader/type",
keyword:"type",params:{type:"string"},schema:P.properties.bootloader.type,parentSchema:P.properties.bootloader,data:r};e===
null?e=[t]:e.push(t),s++}}if(o.kernel!==void 0){let r=o.kernel;if(typeof r=="string"){if(!O(r)){let t={instancePath:a+"/\
kernel",schemaPath:"#/properties/kernel/format",keyword:"format",params:{format:"path"},schema:"path",parentSchema:P.properties.
kernel,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/kernel",schemaPath:"#/properties/kernel/type",
keyword:"type",params:{type:"string"},schema:P.properties.kernel.type,parentSchema:P.properties.kernel,data:r};e===null?
e=[t]:e.push(t),s++}}if(o.ramdisk!==void 0){let r=o.ramdisk;if(typeof r=="string"){if(!O(r)){let t={instancePath:a+"/ram\
disk",schemaPath:"#/properties/ramdisk/format",keyword:"format",params:{format:"path"},schema:"path",parentSchema:P.properties.
ramdisk,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/ramdisk",schemaPath:"#/properties/ramdisk/typ\
e",keyword:"type",params:{type:"string"},schema:P.properties.ramdisk.type,parentSchema:P.properties.ramdisk,data:r};e===
null?e=[t]:e.push(t),s++}}if(o.cmdline!==void 0){let r=o.cmdline;if(typeof r=="string"){if(D(r)>1e3){let t={instancePath:a+
"/cmdline",schemaPath:"#/properties/cmdline/maxLength",keyword:"maxLength",params:{limit:1e3},schema:1e3,parentSchema:P.
properties.cmdline,data:r};e===null?e=[t]:e.push(t),s++}if(!L(r)){let t={instancePath:a+"/cmdline",schemaPath:"#/propert\
ies/cmdline/format",keyword:"format",params:{format:"line"},schema:"line",parentSchema:P.properties.cmdline,data:r};e===
null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/cmdline",schemaPath:"#/properties/cmdline/type",keyword:"type",params:{
type:"string"},schema:P.properties.cmdline.type,parentSchema:P.properties.cmdline,data:r};e===null?e=[t]:e.push(t),s++}}
if(o.root!==void 0){let r=o.root;if(typeof r=="string"){if(D(r)>200){let t={instancePath:a+"/root",schemaPath:"#/propert\
ies/root/maxLength",keyword:"maxLength",params:{limit:200},schema:200,parentSchema:P.properties.root,data:r};e===null?e=
[t]:e.push(t),s++}if(!L(r)){let t={instancePath:a+"/root",schemaPath:"#/properties/root/format",keyword:"format",params:{
format:"line"},schema:"line",parentSchema:P.properties.root,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+
"/root",schemaPath:"#/properties/root/type",keyword:"type",params:{type:"string"},schema:P.properties.root.type,parentSchema:P.
properties.root,data:r};e===null?e=[t]:e.push(t),s++}}if(o.extra!==void 0){let r=o.extra;if(typeof r=="string"){if(D(r)>
1e3){let t={instancePath:a+"/extra",schemaPath:"#/properties/extra/maxLength",keyword:"maxLength",params:{limit:1e3},schema:1e3,
parentSchema:P.properties.extra,data:r};e===null?e=[t]:e.push(t),s++}if(!L(r)){let t={instancePath:a+"/extra",schemaPath:"\
#/properties/extra/format",keyword:"format",params:{format:"line"},schema:"line",parentSchema:P.properties.extra,data:r};
e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/extra",schemaPath:"#/properties/extra/type",keyword:"type",params:{
type:"string"},schema:P.properties.extra.type,parentSchema:P.properties.extra,data:r};e===null?e=[t]:e.push(t),s++}}if(o.
firmware!==void 0){let r=o.firmware;if(typeof r!="string"){let t={instancePath:a+"/firmware",schemaPath:"#/properties/fi\
rmware/type",keyword:"type",params:{type:"string"},schema:P.properties.firmware.type,parentSchema:P.properties.firmware,
data:r};e===null?e=[t]:e.push(t),s++}if(!(r==="bios"||r==="seabios"||r==="rombios"||r==="uefi"||r==="ovmf")){let t={instancePath:a+
"/firmware",schemaPath:"#/properties/firmware/enum",keyword:"enum",params:{allowedValues:P.properties.firmware.enum},schema:P.
properties.firmware.enum,parentSchema:P.properties.firmware,data:r};e===null?e=[t]:e.push(t),s++}}if(o.order!==void 0){let r=o.
order;if(typeof r=="string"){if(!Fe(r)){let t={instancePath:a+"/order",schemaPath:"#/properties/order/format",keyword:"f\
ormat",params:{format:"boot-order"},schema:"boot-order",parentSchema:P.properties.order,data:r};e===null?e=[t]:e.push(t),
s++}}else{let t={instancePath:a+"/order",schemaPath:"#/properties/order/type",keyword:"type",params:{type:"string"},schema:P.
properties.order.type,parentSchema:P.properties.order,data:r};e===null?e=[t]:e.push(t),s++}}}else{let r={instancePath:a,
schemaPath:"#/type",keyword:"type",params:{type:"object"},schema:P.type,parentSchema:P,data:o};e===null?e=[r]:e.push(r),
s++}return ee.errors=e,s===0}var j={description:"One disk of the guest.",type:"object",additionalProperties:!1,required:[
"path","as"],properties:{path:{description:"The block device or image on dom0, as a full path.",type:"string",format:"pa\
th"},as:{description:"The device's name inside the guest.",type:"string",format:"disk-name"},mode:{description:"w: the g\
uest may write (default); r: read only.",type:"string",enum:["r","w"]}}},Qe=g["disk-name"];function re(o,{instancePath:a="",
parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){if(o.path===
void 0){let r={instancePath:a,schemaPath:"#/required",keyword:"required",params:{missingProperty:"path"},schema:j.required,
parentSchema:j,data:o};e===null?e=[r]:e.push(r),s++}if(o.as===void 0){let r={instancePath:a,schemaPath:"#/required",keyword:"\
required",params:{missingProperty:"as"},schema:j.required,parentSchema:j,data:o};e===null?e=[r]:e.push(r),s++}for(let r in o)
if(!(r==="path"||r==="as"||r==="mode")){let t={instancePath:a,schemaPath:"#/additionalProperties",keyword:"additionalPro\
perties",params:{additionalProperty:r},schema:!1,parentSchema:j,data:o};e===null?e=[t]:e.push(t),s++}if(o.path!==void 0){
let r=o.path;if(typeof r=="string"){if(!O(r)){let t={instancePath:a+"/path",schemaPath:"#/properties/path/format",keyword:"\
format",params:{format:"path"},schema:"path",parentSchema:j.properties.path,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={
instancePath:a+"/path",schemaPath:"#/properties/path/type",keyword:"type",params:{type:"string"},schema:j.properties.path.
type,parentSchema:j.properties.path,data:r};e===null?e=[t]:e.push(t),s++}}if(o.as!==void 0){let r=o.as;if(typeof r=="str\
ing"){if(!Qe(r)){let t={instancePath:a+"/as",schemaPath:"#/properties/as/format",keyword:"format",params:{format:"disk-n\
ame"},schema:"disk-name",parentSchema:j.properties.as,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"\
/as",schemaPath:"#/properties/as/type",keyword:"type",params:{type:"string"},schema:j.properties.as.type,parentSchema:j.
properties.as,data:r};e===null?e=[t]:e.push(t),s++}}if(o.mode!==void 0){let r=o.mode;if(typeof r!="string"){let t={instancePath:a+
"/mode",schemaPath:"#/properties/mode/type",keyword:"type",params:{type:"string"},schema:j.properties.mode.type,parentSchema:j.
properties.mode,data:r};e===null?e=[t]:e.push(t),s++}if(!(r==="r"||r==="w")){let t={instancePath:a+"/mode",schemaPath:"#\
/properties/mode/enum",keyword:"enum",params:{allowedValues:j.properties.mode.enum},schema:j.properties.mode.enum,parentSchema:j.
properties.mode,data:r};e===null?e=[t]:e.push(t),s++}}}else{let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{
type:"object"},schema:j.type,parentSchema:j,data:o};e===null?e=[r]:e.push(r),s++}return re.errors=e,s===0}var I={description:"\
On a bridge: `network` and, for forwards, `ip`. Carrying a public address itself: `routed`.",type:"object",additionalProperties:!1,
properties:{network:{description:"One of host.yaml's networks.",type:"string",format:"network-name"},ip:{description:"Th\
e guest's IP in that network, or a list of one IPv4 and one IPv6. Needed for forwards.",type:["string","array"],format:"\
guest-ip",items:{type:"string",format:"guest-ip"},minItems:1,maxItems:2},mac:{$ref:"#/definitions/mac"},snat:{description:"\
The public address, by its name in host.yaml, as which this guest must leave. Default: what the network's snat says.",type:"\
string",format:"address-name"},routed:{description:"The public address, by its name in host.yaml, that the guest carries\
 itself (vif-route, /32). Its MAC is that address's, unless `mac` says otherwise.",type:"string",format:"address-name"}}},
De=g["guest-ip"],ge={description:"A MAC address. Quote it: some YAML tools read a plain one as a number.",type:"string",
format:"mac"};function te(o,{instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(typeof o==
"string"){if(!Le(o)){let r={instancePath:a,schemaPath:"#/format",keyword:"format",params:{format:"mac"},schema:"mac",parentSchema:ge,
data:o};e===null?e=[r]:e.push(r),s++}}else{let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"string"},
schema:ge.type,parentSchema:ge,data:o};e===null?e=[r]:e.push(r),s++}return te.errors=e,s===0}function se(o,{instancePath:a="",
parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){for(let r in o)
if(!(r==="network"||r==="ip"||r==="mac"||r==="snat"||r==="routed")){let t={instancePath:a,schemaPath:"#/additionalProper\
ties",keyword:"additionalProperties",params:{additionalProperty:r},schema:!1,parentSchema:I,data:o};e===null?e=[t]:e.push(
t),s++}if(o.network!==void 0){let r=o.network;if(typeof r=="string"){if(!We(r)){let t={instancePath:a+"/network",schemaPath:"\
#/properties/network/format",keyword:"format",params:{format:"network-name"},schema:"network-name",parentSchema:I.properties.
network,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/network",schemaPath:"#/properties/network/typ\
e",keyword:"type",params:{type:"string"},schema:I.properties.network.type,parentSchema:I.properties.network,data:r};e===
null?e=[t]:e.push(t),s++}}if(o.ip!==void 0){let r=o.ip;if(typeof r!="string"&&!Array.isArray(r)){let t={instancePath:a+"\
/ip",schemaPath:"#/properties/ip/type",keyword:"type",params:{type:I.properties.ip.type},schema:I.properties.ip.type,parentSchema:I.
properties.ip,data:r};e===null?e=[t]:e.push(t),s++}if(typeof r=="string"&&!De(r)){let t={instancePath:a+"/ip",schemaPath:"\
#/properties/ip/format",keyword:"format",params:{format:"guest-ip"},schema:"guest-ip",parentSchema:I.properties.ip,data:r};
e===null?e=[t]:e.push(t),s++}if(Array.isArray(r)){if(r.length>2){let i={instancePath:a+"/ip",schemaPath:"#/properties/ip\
/maxItems",keyword:"maxItems",params:{limit:2},schema:2,parentSchema:I.properties.ip,data:r};e===null?e=[i]:e.push(i),s++}
if(r.length<1){let i={instancePath:a+"/ip",schemaPath:"#/properties/ip/minItems",keyword:"minItems",params:{limit:1},schema:1,
parentSchema:I.properties.ip,data:r};e===null?e=[i]:e.push(i),s++}let t=r.length;for(let i=0;i<t;i++){let n=r[i];if(typeof n==
"string"){if(!De(n)){let p={instancePath:a+"/ip/"+i,schemaPath:"#/properties/ip/items/format",keyword:"format",params:{format:"\
guest-ip"},schema:"guest-ip",parentSchema:I.properties.ip.items,data:n};e===null?e=[p]:e.push(p),s++}}else{let p={instancePath:a+
"/ip/"+i,schemaPath:"#/properties/ip/items/type",keyword:"type",params:{type:"string"},schema:I.properties.ip.items.type,
parentSchema:I.properties.ip.items,data:n};e===null?e=[p]:e.push(p),s++}}}}if(o.mac!==void 0&&(te(o.mac,{instancePath:a+
"/mac",parentData:o,parentDataProperty:"mac",rootData:f})||(e=e===null?te.errors:e.concat(te.errors),s=e.length)),o.snat!==
void 0){let r=o.snat;if(typeof r=="string"){if(!G(r)){let t={instancePath:a+"/snat",schemaPath:"#/properties/snat/format",
keyword:"format",params:{format:"address-name"},schema:"address-name",parentSchema:I.properties.snat,data:r};e===null?e=
[t]:e.push(t),s++}}else{let t={instancePath:a+"/snat",schemaPath:"#/properties/snat/type",keyword:"type",params:{type:"s\
tring"},schema:I.properties.snat.type,parentSchema:I.properties.snat,data:r};e===null?e=[t]:e.push(t),s++}}if(o.routed!==
void 0){let r=o.routed;if(typeof r=="string"){if(!G(r)){let t={instancePath:a+"/routed",schemaPath:"#/properties/routed/\
format",keyword:"format",params:{format:"address-name"},schema:"address-name",parentSchema:I.properties.routed,data:r};e===
null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/routed",schemaPath:"#/properties/routed/type",keyword:"type",params:{
type:"string"},schema:I.properties.routed.type,parentSchema:I.properties.routed,data:r};e===null?e=[t]:e.push(t),s++}}}else{
let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"object"},schema:I.type,parentSchema:I,data:o};e===
null?e=[r]:e.push(r),s++}return se.errors=e,s===0}var U={description:"Further keys of the domU config, spelled as Xen sp\
ells them, if the local config allows them. Not needed for its forwards.",type:"object",propertyNames:{format:"option-na\
me"},additionalProperties:{$ref:"#/definitions/option"},maxProperties:100},F={description:"A number, a text or a list of\
 texts; Xen writes yes and no as 1 and 0.",type:["integer","string","array"],format:"line",maxLength:1e3,items:{type:["i\
nteger","string"],format:"line",maxLength:1e3},maxItems:100};function ae(o,{instancePath:a="",parentData:b,parentDataProperty:w,
rootData:f=o}={}){let e=null,s=0;if(!(typeof o=="number"&&!(o%1)&&!isNaN(o)&&isFinite(o))&&typeof o!="string"&&!Array.isArray(
o)){let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:F.type},schema:F.type,parentSchema:F,data:o};e===
null?e=[r]:e.push(r),s++}if(typeof o=="string"){if(D(o)>1e3){let r={instancePath:a,schemaPath:"#/maxLength",keyword:"max\
Length",params:{limit:1e3},schema:1e3,parentSchema:F,data:o};e===null?e=[r]:e.push(r),s++}if(!L(o)){let r={instancePath:a,
schemaPath:"#/format",keyword:"format",params:{format:"line"},schema:"line",parentSchema:F,data:o};e===null?e=[r]:e.push(
r),s++}}if(Array.isArray(o)){if(o.length>100){let t={instancePath:a,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit:100},
schema:100,parentSchema:F,data:o};e===null?e=[t]:e.push(t),s++}let r=o.length;for(let t=0;t<r;t++){let i=o[t];if(!(typeof i==
"number"&&!(i%1)&&!isNaN(i)&&isFinite(i))&&typeof i!="string"){let n={instancePath:a+"/"+t,schemaPath:"#/items/type",keyword:"\
type",params:{type:F.items.type},schema:F.items.type,parentSchema:F.items,data:i};e===null?e=[n]:e.push(n),s++}if(typeof i==
"string"){if(D(i)>1e3){let n={instancePath:a+"/"+t,schemaPath:"#/items/maxLength",keyword:"maxLength",params:{limit:1e3},
schema:1e3,parentSchema:F.items,data:i};e===null?e=[n]:e.push(n),s++}if(!L(i)){let n={instancePath:a+"/"+t,schemaPath:"#\
/items/format",keyword:"format",params:{format:"line"},schema:"line",parentSchema:F.items,data:i};e===null?e=[n]:e.push(
n),s++}}}}return ae.errors=e,s===0}function oe(o,{instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){
let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){if(Object.keys(o).length>100){let t={instancePath:a,schemaPath:"\
#/maxProperties",keyword:"maxProperties",params:{limit:100},schema:100,parentSchema:U,data:o};e===null?e=[t]:e.push(t),s++}
for(let t in o){let i=s;if(typeof t=="string"&&!$e(t)){let n={instancePath:a,schemaPath:"#/propertyNames/format",keyword:"\
format",params:{format:"option-name"},schema:"option-name",parentSchema:U.propertyNames,data:t,propertyName:t};e===null?
e=[n]:e.push(n),s++}var r=i===s;if(!r){let n={instancePath:a,schemaPath:"#/propertyNames",keyword:"propertyNames",params:{
propertyName:t},schema:U.propertyNames,parentSchema:U,data:o};e===null?e=[n]:e.push(n),s++}}for(let t in o)ae(o[t],{instancePath:a+
"/"+t.replace(/~/g,"~0").replace(/\//g,"~1"),parentData:o,parentDataProperty:t,rootData:f})||(e=e===null?ae.errors:e.concat(
ae.errors),s=e.length)}else{let t={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"object"},schema:U.type,
parentSchema:U,data:o};e===null?e=[t]:e.push(t),s++}return oe.errors=e,s===0}var d={description:"ADDRESS:PORT/PROTOCOL l\
eads to this guest. Only `port` is needed.",type:"object",additionalProperties:!1,required:["port"],properties:{port:{description:"\
The public port, a range, or a list of these.",type:["integer","string","array"],minimum:1,maximum:65535,format:"ports",
items:{$ref:"#/definitions/ports"},minItems:1,maxItems:1e3},to:{description:"The guest's port, or a range of equal lengt\
h. Default: the same as `port`. A list of ports has no `to`, or one single port.",type:["integer","string"],minimum:1,maximum:65535,
format:"ports"},protocol:{description:"tcp (default), udp, sctp, or a list of these.",type:["string","array"],format:"pr\
otocol",items:{type:"string",enum:["tcp","udp","sctp"]},minItems:1,maxItems:3},address:{description:"One of host.yaml's \
addresses. Default: the first.",type:"string",format:"address-name"},from:{description:"Who may use it: a group of group\
s.yaml, an IP, a network, or a list of these. Default: everyone. Others reach the HOST's own port.",type:["string","arra\
y"],format:"source",items:{type:"string",format:"source"},minItems:1,maxItems:1e3},until:{description:"The last day (to \
its end) or date-time of the forward, in host.yaml's timezone unless it says Z or an offset. The kernel itself keeps it.\
 Before 2038-01-19.",type:"string",format:"until"},description:{$ref:"#/definitions/line",description:"What the port is \
for."}}},Pe=g.ports,_e=g.protocol,Ae=g.source,Be=g.until,V={description:"A port from 1 to 65535, or a range such as 5000\
0-50100.",type:["integer","string"],minimum:1,maximum:65535,format:"ports"};function ie(o,{instancePath:a="",parentData:b,
parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(!(typeof o=="number"&&!(o%1)&&!isNaN(o)&&isFinite(o))&&typeof o!=
"string"){let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:V.type},schema:V.type,parentSchema:V,data:o};
e===null?e=[r]:e.push(r),s++}if(typeof o=="number"&&isFinite(o)){if(o>65535||isNaN(o)){let r={instancePath:a,schemaPath:"\
#/maximum",keyword:"maximum",params:{comparison:"<=",limit:65535},schema:65535,parentSchema:V,data:o};e===null?e=[r]:e.push(
r),s++}if(o<1||isNaN(o)){let r={instancePath:a,schemaPath:"#/minimum",keyword:"minimum",params:{comparison:">=",limit:1},
schema:1,parentSchema:V,data:o};e===null?e=[r]:e.push(r),s++}}if(typeof o=="string"&&!Pe(o)){let r={instancePath:a,schemaPath:"\
#/format",keyword:"format",params:{format:"ports"},schema:"ports",parentSchema:V,data:o};e===null?e=[r]:e.push(r),s++}return ie.
errors=e,s===0}function pe(o,{instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(o&&
typeof o=="object"&&!Array.isArray(o)){if(o.port===void 0){let r={instancePath:a,schemaPath:"#/required",keyword:"requir\
ed",params:{missingProperty:"port"},schema:d.required,parentSchema:d,data:o};e===null?e=[r]:e.push(r),s++}for(let r in o)
if(!(r==="port"||r==="to"||r==="protocol"||r==="address"||r==="from"||r==="until"||r==="description")){let t={instancePath:a,
schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:r},schema:!1,parentSchema:d,
data:o};e===null?e=[t]:e.push(t),s++}if(o.port!==void 0){let r=o.port;if(!(typeof r=="number"&&!(r%1)&&!isNaN(r)&&isFinite(
r))&&typeof r!="string"&&!Array.isArray(r)){let t={instancePath:a+"/port",schemaPath:"#/properties/port/type",keyword:"t\
ype",params:{type:d.properties.port.type},schema:d.properties.port.type,parentSchema:d.properties.port,data:r};e===null?
e=[t]:e.push(t),s++}if(typeof r=="number"&&isFinite(r)){if(r>65535||isNaN(r)){let t={instancePath:a+"/port",schemaPath:"\
#/properties/port/maximum",keyword:"maximum",params:{comparison:"<=",limit:65535},schema:65535,parentSchema:d.properties.
port,data:r};e===null?e=[t]:e.push(t),s++}if(r<1||isNaN(r)){let t={instancePath:a+"/port",schemaPath:"#/properties/port/\
minimum",keyword:"minimum",params:{comparison:">=",limit:1},schema:1,parentSchema:d.properties.port,data:r};e===null?e=[
t]:e.push(t),s++}}if(typeof r=="string"&&!Pe(r)){let t={instancePath:a+"/port",schemaPath:"#/properties/port/format",keyword:"\
format",params:{format:"ports"},schema:"ports",parentSchema:d.properties.port,data:r};e===null?e=[t]:e.push(t),s++}if(Array.
isArray(r)){if(r.length>1e3){let i={instancePath:a+"/port",schemaPath:"#/properties/port/maxItems",keyword:"maxItems",params:{
limit:1e3},schema:1e3,parentSchema:d.properties.port,data:r};e===null?e=[i]:e.push(i),s++}if(r.length<1){let i={instancePath:a+
"/port",schemaPath:"#/properties/port/minItems",keyword:"minItems",params:{limit:1},schema:1,parentSchema:d.properties.port,
data:r};e===null?e=[i]:e.push(i),s++}let t=r.length;for(let i=0;i<t;i++)ie(r[i],{instancePath:a+"/port/"+i,parentData:r,
parentDataProperty:i,rootData:f})||(e=e===null?ie.errors:e.concat(ie.errors),s=e.length)}}if(o.to!==void 0){let r=o.to;if(!(typeof r==
"number"&&!(r%1)&&!isNaN(r)&&isFinite(r))&&typeof r!="string"){let t={instancePath:a+"/to",schemaPath:"#/properties/to/t\
ype",keyword:"type",params:{type:d.properties.to.type},schema:d.properties.to.type,parentSchema:d.properties.to,data:r};
e===null?e=[t]:e.push(t),s++}if(typeof r=="number"&&isFinite(r)){if(r>65535||isNaN(r)){let t={instancePath:a+"/to",schemaPath:"\
#/properties/to/maximum",keyword:"maximum",params:{comparison:"<=",limit:65535},schema:65535,parentSchema:d.properties.to,
data:r};e===null?e=[t]:e.push(t),s++}if(r<1||isNaN(r)){let t={instancePath:a+"/to",schemaPath:"#/properties/to/minimum",
keyword:"minimum",params:{comparison:">=",limit:1},schema:1,parentSchema:d.properties.to,data:r};e===null?e=[t]:e.push(t),
s++}}if(typeof r=="string"&&!Pe(r)){let t={instancePath:a+"/to",schemaPath:"#/properties/to/format",keyword:"format",params:{
format:"ports"},schema:"ports",parentSchema:d.properties.to,data:r};e===null?e=[t]:e.push(t),s++}}if(o.protocol!==void 0){
let r=o.protocol;if(typeof r!="string"&&!Array.isArray(r)){let t={instancePath:a+"/protocol",schemaPath:"#/properties/pr\
otocol/type",keyword:"type",params:{type:d.properties.protocol.type},schema:d.properties.protocol.type,parentSchema:d.properties.
protocol,data:r};e===null?e=[t]:e.push(t),s++}if(typeof r=="string"&&!_e(r)){let t={instancePath:a+"/protocol",schemaPath:"\
#/properties/protocol/format",keyword:"format",params:{format:"protocol"},schema:"protocol",parentSchema:d.properties.protocol,
data:r};e===null?e=[t]:e.push(t),s++}if(Array.isArray(r)){if(r.length>3){let i={instancePath:a+"/protocol",schemaPath:"#\
/properties/protocol/maxItems",keyword:"maxItems",params:{limit:3},schema:3,parentSchema:d.properties.protocol,data:r};e===
null?e=[i]:e.push(i),s++}if(r.length<1){let i={instancePath:a+"/protocol",schemaPath:"#/properties/protocol/minItems",keyword:"\
minItems",params:{limit:1},schema:1,parentSchema:d.properties.protocol,data:r};e===null?e=[i]:e.push(i),s++}let t=r.length;
for(let i=0;i<t;i++){let n=r[i];if(typeof n!="string"){let p={instancePath:a+"/protocol/"+i,schemaPath:"#/properties/pro\
tocol/items/type",keyword:"type",params:{type:"string"},schema:d.properties.protocol.items.type,parentSchema:d.properties.
protocol.items,data:n};e===null?e=[p]:e.push(p),s++}if(!(n==="tcp"||n==="udp"||n==="sctp")){let p={instancePath:a+"/prot\
ocol/"+i,schemaPath:"#/properties/protocol/items/enum",keyword:"enum",params:{allowedValues:d.properties.protocol.items.
enum},schema:d.properties.protocol.items.enum,parentSchema:d.properties.protocol.items,data:n};e===null?e=[p]:e.push(p),
s++}}}}if(o.address!==void 0){let r=o.address;if(typeof r=="string"){if(!G(r)){let t={instancePath:a+"/address",schemaPath:"\
#/properties/address/format",keyword:"format",params:{format:"address-name"},schema:"address-name",parentSchema:d.properties.
address,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/address",schemaPath:"#/properties/address/typ\
e",keyword:"type",params:{type:"string"},schema:d.properties.address.type,parentSchema:d.properties.address,data:r};e===
null?e=[t]:e.push(t),s++}}if(o.from!==void 0){let r=o.from;if(typeof r!="string"&&!Array.isArray(r)){let t={instancePath:a+
"/from",schemaPath:"#/properties/from/type",keyword:"type",params:{type:d.properties.from.type},schema:d.properties.from.
type,parentSchema:d.properties.from,data:r};e===null?e=[t]:e.push(t),s++}if(typeof r=="string"&&!Ae(r)){let t={instancePath:a+
"/from",schemaPath:"#/properties/from/format",keyword:"format",params:{format:"source"},schema:"source",parentSchema:d.properties.
from,data:r};e===null?e=[t]:e.push(t),s++}if(Array.isArray(r)){if(r.length>1e3){let i={instancePath:a+"/from",schemaPath:"\
#/properties/from/maxItems",keyword:"maxItems",params:{limit:1e3},schema:1e3,parentSchema:d.properties.from,data:r};e===
null?e=[i]:e.push(i),s++}if(r.length<1){let i={instancePath:a+"/from",schemaPath:"#/properties/from/minItems",keyword:"m\
inItems",params:{limit:1},schema:1,parentSchema:d.properties.from,data:r};e===null?e=[i]:e.push(i),s++}let t=r.length;for(let i=0;i<
t;i++){let n=r[i];if(typeof n=="string"){if(!Ae(n)){let p={instancePath:a+"/from/"+i,schemaPath:"#/properties/from/items\
/format",keyword:"format",params:{format:"source"},schema:"source",parentSchema:d.properties.from.items,data:n};e===null?
e=[p]:e.push(p),s++}}else{let p={instancePath:a+"/from/"+i,schemaPath:"#/properties/from/items/type",keyword:"type",params:{
type:"string"},schema:d.properties.from.items.type,parentSchema:d.properties.from.items,data:n};e===null?e=[p]:e.push(p),
s++}}}}if(o.until!==void 0){let r=o.until;if(typeof r=="string"){if(!Be(r)){let t={instancePath:a+"/until",schemaPath:"#\
/properties/until/format",keyword:"format",params:{format:"until"},schema:"until",parentSchema:d.properties.until,data:r};
e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/until",schemaPath:"#/properties/until/type",keyword:"type",params:{
type:"string"},schema:d.properties.until.type,parentSchema:d.properties.until,data:r};e===null?e=[t]:e.push(t),s++}}o.description!==
void 0&&($(o.description,{instancePath:a+"/description",parentData:o,parentDataProperty:"description",rootData:f})||(e=e===
null?$.errors:e.concat($.errors),s=e.length))}else{let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"\
object"},schema:d.type,parentSchema:d,data:o};e===null?e=[r]:e.push(r),s++}return pe.errors=e,s===0}function Ce(o,{instancePath:a="",
parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){for(let r in o)
if(!Se.call(u.properties,r)){let t={instancePath:a,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{
additionalProperty:r},schema:!1,parentSchema:u,data:o};e===null?e=[t]:e.push(t),s++}if(o.description!==void 0&&($(o.description,
{instancePath:a+"/description",parentData:o,parentDataProperty:"description",rootData:f})||(e=e===null?$.errors:e.concat(
$.errors),s=e.length)),o.owner!==void 0&&($(o.owner,{instancePath:a+"/owner",parentData:o,parentDataProperty:"owner",rootData:f})||
(e=e===null?$.errors:e.concat($.errors),s=e.length)),o.state!==void 0){let r=o.state;if(typeof r!="string"){let t={instancePath:a+
"/state",schemaPath:"#/properties/state/type",keyword:"type",params:{type:"string"},schema:u.properties.state.type,parentSchema:u.
properties.state,data:r};e===null?e=[t]:e.push(t),s++}if(!(r==="running"||r==="stopped"||r==="absent"||r==="unmanaged")){
let t={instancePath:a+"/state",schemaPath:"#/properties/state/enum",keyword:"enum",params:{allowedValues:u.properties.state.
enum},schema:u.properties.state.enum,parentSchema:u.properties.state,data:r};e===null?e=[t]:e.push(t),s++}}if(o.memory!==
void 0){let r=o.memory;if(!(typeof r=="number"&&!(r%1)&&!isNaN(r)&&isFinite(r))){let t={instancePath:a+"/memory",schemaPath:"\
#/properties/memory/type",keyword:"type",params:{type:"integer"},schema:u.properties.memory.type,parentSchema:u.properties.
memory,data:r};e===null?e=[t]:e.push(t),s++}if(typeof r=="number"&&isFinite(r)){if(r>16777216||isNaN(r)){let t={instancePath:a+
"/memory",schemaPath:"#/properties/memory/maximum",keyword:"maximum",params:{comparison:"<=",limit:16777216},schema:16777216,
parentSchema:u.properties.memory,data:r};e===null?e=[t]:e.push(t),s++}if(r<4||isNaN(r)){let t={instancePath:a+"/memory",
schemaPath:"#/properties/memory/minimum",keyword:"minimum",params:{comparison:">=",limit:4},schema:4,parentSchema:u.properties.
memory,data:r};e===null?e=[t]:e.push(t),s++}}}if(o.vcpus!==void 0){let r=o.vcpus;if(!(typeof r=="number"&&!(r%1)&&!isNaN(
r)&&isFinite(r))){let t={instancePath:a+"/vcpus",schemaPath:"#/properties/vcpus/type",keyword:"type",params:{type:"integ\
er"},schema:u.properties.vcpus.type,parentSchema:u.properties.vcpus,data:r};e===null?e=[t]:e.push(t),s++}if(typeof r=="n\
umber"&&isFinite(r)){if(r>512||isNaN(r)){let t={instancePath:a+"/vcpus",schemaPath:"#/properties/vcpus/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:512},schema:512,parentSchema:u.properties.vcpus,data:r};e===null?e=[t]:e.push(t),
s++}if(r<1||isNaN(r)){let t={instancePath:a+"/vcpus",schemaPath:"#/properties/vcpus/minimum",keyword:"minimum",params:{comparison:"\
>=",limit:1},schema:1,parentSchema:u.properties.vcpus,data:r};e===null?e=[t]:e.push(t),s++}}}if(o.type!==void 0){let r=o.
type;if(typeof r!="string"){let t={instancePath:a+"/type",schemaPath:"#/properties/type/type",keyword:"type",params:{type:"\
string"},schema:u.properties.type.type,parentSchema:u.properties.type,data:r};e===null?e=[t]:e.push(t),s++}if(!(r==="pv"||
r==="pvh"||r==="hvm")){let t={instancePath:a+"/type",schemaPath:"#/properties/type/enum",keyword:"enum",params:{allowedValues:u.
properties.type.enum},schema:u.properties.type.enum,parentSchema:u.properties.type,data:r};e===null?e=[t]:e.push(t),s++}}
if(o.boot!==void 0&&(ee(o.boot,{instancePath:a+"/boot",parentData:o,parentDataProperty:"boot",rootData:f})||(e=e===null?
ee.errors:e.concat(ee.errors),s=e.length)),o.autostart!==void 0){let r=o.autostart;if(typeof r!="boolean"){let t={instancePath:a+
"/autostart",schemaPath:"#/properties/autostart/type",keyword:"type",params:{type:"boolean"},schema:u.properties.autostart.
type,parentSchema:u.properties.autostart,data:r};e===null?e=[t]:e.push(t),s++}}if(o.restart!==void 0){let r=o.restart;if(typeof r!=
"string"){let t={instancePath:a+"/restart",schemaPath:"#/properties/restart/type",keyword:"type",params:{type:"string"},
schema:u.properties.restart.type,parentSchema:u.properties.restart,data:r};e===null?e=[t]:e.push(t),s++}if(!(r==="allowe\
d"||r==="never")){let t={instancePath:a+"/restart",schemaPath:"#/properties/restart/enum",keyword:"enum",params:{allowedValues:u.
properties.restart.enum},schema:u.properties.restart.enum,parentSchema:u.properties.restart,data:r};e===null?e=[t]:e.push(
t),s++}}if(o.disks!==void 0){let r=o.disks;if(Array.isArray(r)){if(r.length>64){let i={instancePath:a+"/disks",schemaPath:"\
#/properties/disks/maxItems",keyword:"maxItems",params:{limit:64},schema:64,parentSchema:u.properties.disks,data:r};e===
null?e=[i]:e.push(i),s++}let t=r.length;for(let i=0;i<t;i++)re(r[i],{instancePath:a+"/disks/"+i,parentData:r,parentDataProperty:i,
rootData:f})||(e=e===null?re.errors:e.concat(re.errors),s=e.length)}else{let t={instancePath:a+"/disks",schemaPath:"#/pr\
operties/disks/type",keyword:"type",params:{type:"array"},schema:u.properties.disks.type,parentSchema:u.properties.disks,
data:r};e===null?e=[t]:e.push(t),s++}}if(o.interfaces!==void 0){let r=o.interfaces;if(Array.isArray(r)){if(r.length>16){
let i={instancePath:a+"/interfaces",schemaPath:"#/properties/interfaces/maxItems",keyword:"maxItems",params:{limit:16},schema:16,
parentSchema:u.properties.interfaces,data:r};e===null?e=[i]:e.push(i),s++}let t=r.length;for(let i=0;i<t;i++)se(r[i],{instancePath:a+
"/interfaces/"+i,parentData:r,parentDataProperty:i,rootData:f})||(e=e===null?se.errors:e.concat(se.errors),s=e.length)}else{
let t={instancePath:a+"/interfaces",schemaPath:"#/properties/interfaces/type",keyword:"type",params:{type:"array"},schema:u.
properties.interfaces.type,parentSchema:u.properties.interfaces,data:r};e===null?e=[t]:e.push(t),s++}}if(o.options!==void 0&&
(oe(o.options,{instancePath:a+"/options",parentData:o,parentDataProperty:"options",rootData:f})||(e=e===null?oe.errors:e.
concat(oe.errors),s=e.length)),o.forwards!==void 0){let r=o.forwards;if(Array.isArray(r)){if(r.length>2e4){let i={instancePath:a+
"/forwards",schemaPath:"#/properties/forwards/maxItems",keyword:"maxItems",params:{limit:2e4},schema:2e4,parentSchema:u.
properties.forwards,data:r};e===null?e=[i]:e.push(i),s++}let t=r.length;for(let i=0;i<t;i++)pe(r[i],{instancePath:a+"/fo\
rwards/"+i,parentData:r,parentDataProperty:i,rootData:f})||(e=e===null?pe.errors:e.concat(pe.errors),s=e.length)}else{let t={
instancePath:a+"/forwards",schemaPath:"#/properties/forwards/type",keyword:"type",params:{type:"array"},schema:u.properties.
forwards.type,parentSchema:u.properties.forwards,data:r};e===null?e=[t]:e.push(t),s++}}}else{let r={instancePath:a,schemaPath:"\
#/type",keyword:"type",params:{type:"object"},schema:u.type,parentSchema:u,data:o};e===null?e=[r]:e.push(r),s++}return Ce.
errors=e,s===0}var hr=He,z={$id:"checks.schema.json",description:"Packet checks that must hold before anything is applie\
d: one that fails stops the commit.",type:["object","null"],additionalProperties:!1,properties:{checks:{description:"Eac\
h check sends one thought packet through the rules and says where it must end.",type:"array",items:{$ref:"#/definitions/\
check"},maxItems:1e4}},definitions:{check:{description:"One packet: `from`, `to`, and exactly one of `reaches` and `leav\
es-as`.",type:"object",additionalProperties:!1,required:["from","to"],properties:{from:{description:"Who sends: `interne\
t` (an address that is in no group), a guest's name, or an IP.",type:"string",format:"check-from"},to:{description:"Wher\
e to, as NAME:PORT/PROTOCOL or IP:PORT/PROTOCOL; NAME is one of host.yaml's addresses, and an IPv6 stands in brackets. A\
 name that has an IPv4 and an IPv6 is checked on both.",type:"string",format:"check-to"},reaches:{description:"Where the\
 packet must end: GUEST:PORT, `host` (delivered to dom0, on a port of `listens`), or `nothing` (delivered to nobody who \
listens, or dropped).",type:"string",format:"check-reaches"},"leaves-as":{description:"The public address, by its name i\
n host.yaml, that the outside must see as the sender of a guest's packet.",type:"string",format:"address-name"}}}}},N={description:"\
One packet: `from`, `to`, and exactly one of `reaches` and `leaves-as`.",type:"object",additionalProperties:!1,required:[
"from","to"],properties:{from:{description:"Who sends: `internet` (an address that is in no group), a guest's name, or a\
n IP.",type:"string",format:"check-from"},to:{description:"Where to, as NAME:PORT/PROTOCOL or IP:PORT/PROTOCOL; NAME is \
one of host.yaml's addresses, and an IPv6 stands in brackets. A name that has an IPv4 and an IPv6 is checked on both.",type:"\
string",format:"check-to"},reaches:{description:"Where the packet must end: GUEST:PORT, `host` (delivered to dom0, on a \
port of `listens`), or `nothing` (delivered to nobody who listens, or dropped).",type:"string",format:"check-reaches"},"\
leaves-as":{description:"The public address, by its name in host.yaml, that the outside must see as the sender of a gues\
t's packet.",type:"string",format:"address-name"}}},Ye=g["check-from"],Je=g["check-to"],Ze=g["check-reaches"];function ne(o,{
instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(
o)){if(o.from===void 0){let r={instancePath:a,schemaPath:"#/required",keyword:"required",params:{missingProperty:"from"},
schema:N.required,parentSchema:N,data:o};e===null?e=[r]:e.push(r),s++}if(o.to===void 0){let r={instancePath:a,schemaPath:"\
#/required",keyword:"required",params:{missingProperty:"to"},schema:N.required,parentSchema:N,data:o};e===null?e=[r]:e.push(
r),s++}for(let r in o)if(!(r==="from"||r==="to"||r==="reaches"||r==="leaves-as")){let t={instancePath:a,schemaPath:"#/ad\
ditionalProperties",keyword:"additionalProperties",params:{additionalProperty:r},schema:!1,parentSchema:N,data:o};e===null?
e=[t]:e.push(t),s++}if(o.from!==void 0){let r=o.from;if(typeof r=="string"){if(!Ye(r)){let t={instancePath:a+"/from",schemaPath:"\
#/properties/from/format",keyword:"format",params:{format:"check-from"},schema:"check-from",parentSchema:N.properties.from,
data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/from",schemaPath:"#/properties/from/type",keyword:"ty\
pe",params:{type:"string"},schema:N.properties.from.type,parentSchema:N.properties.from,data:r};e===null?e=[t]:e.push(t),
s++}}if(o.to!==void 0){let r=o.to;if(typeof r=="string"){if(!Je(r)){let t={instancePath:a+"/to",schemaPath:"#/properties\
/to/format",keyword:"format",params:{format:"check-to"},schema:"check-to",parentSchema:N.properties.to,data:r};e===null?
e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/to",schemaPath:"#/properties/to/type",keyword:"type",params:{type:"str\
ing"},schema:N.properties.to.type,parentSchema:N.properties.to,data:r};e===null?e=[t]:e.push(t),s++}}if(o.reaches!==void 0){
let r=o.reaches;if(typeof r=="string"){if(!Ze(r)){let t={instancePath:a+"/reaches",schemaPath:"#/properties/reaches/form\
at",keyword:"format",params:{format:"check-reaches"},schema:"check-reaches",parentSchema:N.properties.reaches,data:r};e===
null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/reaches",schemaPath:"#/properties/reaches/type",keyword:"type",params:{
type:"string"},schema:N.properties.reaches.type,parentSchema:N.properties.reaches,data:r};e===null?e=[t]:e.push(t),s++}}
if(o["leaves-as"]!==void 0){let r=o["leaves-as"];if(typeof r=="string"){if(!G(r)){let t={instancePath:a+"/leaves-as",schemaPath:"\
#/properties/leaves-as/format",keyword:"format",params:{format:"address-name"},schema:"address-name",parentSchema:N.properties["\
leaves-as"],data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/leaves-as",schemaPath:"#/properties/leave\
s-as/type",keyword:"type",params:{type:"string"},schema:N.properties["leaves-as"].type,parentSchema:N.properties["leaves\
-as"],data:r};e===null?e=[t]:e.push(t),s++}}}else{let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"\
object"},schema:N.type,parentSchema:N,data:o};e===null?e=[r]:e.push(r),s++}return ne.errors=e,s===0}function He(o,{instancePath:a="",
parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(!(o&&typeof o=="object"&&!Array.isArray(o))&&o!==null){
let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:z.type},schema:z.type,parentSchema:z,data:o};e===null?
e=[r]:e.push(r),s++}if(o&&typeof o=="object"&&!Array.isArray(o)){for(let r in o)if(r!=="checks"){let t={instancePath:a,schemaPath:"\
#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:r},schema:!1,parentSchema:z,data:o};e===
null?e=[t]:e.push(t),s++}if(o.checks!==void 0){let r=o.checks;if(Array.isArray(r)){if(r.length>1e4){let i={instancePath:a+
"/checks",schemaPath:"#/properties/checks/maxItems",keyword:"maxItems",params:{limit:1e4},schema:1e4,parentSchema:z.properties.
checks,data:r};e===null?e=[i]:e.push(i),s++}let t=r.length;for(let i=0;i<t;i++)ne(r[i],{instancePath:a+"/checks/"+i,parentData:r,
parentDataProperty:i,rootData:f})||(e=e===null?ne.errors:e.concat(ne.errors),s=e.length)}else{let t={instancePath:a+"/ch\
ecks",schemaPath:"#/properties/checks/type",keyword:"type",params:{type:"array"},schema:z.properties.checks.type,parentSchema:z.
properties.checks,data:r};e===null?e=[t]:e.push(t),s++}}}return He.errors=e,s===0}var fr=Me,E={$id:"groups.schema.json",
description:"Named sets of source addresses, for `from` in a guest's forwards. With many hosts: common/groups.yaml.",type:[
"object","null"],propertyNames:{format:"group-name"},additionalProperties:{description:"The group's networks and single \
IPs, IPv4 and IPv6. Quote IPv6.",type:"array",items:{$ref:"#/definitions/network"},maxItems:1e4},definitions:{network:{description:'\
A network such as 192.0.2.0/24 or "2001:db8:7::/48", or a single IP. No bits may be set behind the prefix.',type:"string",
format:"source-network"}}},er=g["group-name"],we={description:'A network such as 192.0.2.0/24 or "2001:db8:7::/48", or a\
 single IP. No bits may be set behind the prefix.',type:"string",format:"source-network"},rr=g["source-network"];function me(o,{
instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(typeof o=="string"){if(!rr(o)){let r={
instancePath:a,schemaPath:"#/format",keyword:"format",params:{format:"source-network"},schema:"source-network",parentSchema:we,
data:o};e===null?e=[r]:e.push(r),s++}}else{let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"string"},
schema:we.type,parentSchema:we,data:o};e===null?e=[r]:e.push(r),s++}return me.errors=e,s===0}function Me(o,{instancePath:a="",
parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(!(o&&typeof o=="object"&&!Array.isArray(o))&&o!==null){
let t={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:E.type},schema:E.type,parentSchema:E,data:o};e===null?
e=[t]:e.push(t),s++}if(o&&typeof o=="object"&&!Array.isArray(o)){for(let t in o){let i=s;if(typeof t=="string"&&!er(t)){
let n={instancePath:a,schemaPath:"#/propertyNames/format",keyword:"format",params:{format:"group-name"},schema:"group-na\
me",parentSchema:E.propertyNames,data:t,propertyName:t};e===null?e=[n]:e.push(n),s++}var r=i===s;if(!r){let n={instancePath:a,
schemaPath:"#/propertyNames",keyword:"propertyNames",params:{propertyName:t},schema:E.propertyNames,parentSchema:E,data:o};
e===null?e=[n]:e.push(n),s++}}for(let t in o){let i=o[t];if(Array.isArray(i)){if(i.length>1e4){let p={instancePath:a+"/"+
t.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/additionalProperties/maxItems",keyword:"maxItems",params:{limit:1e4},
schema:1e4,parentSchema:E.additionalProperties,data:i};e===null?e=[p]:e.push(p),s++}let n=i.length;for(let p=0;p<n;p++)me(
i[p],{instancePath:a+"/"+t.replace(/~/g,"~0").replace(/\//g,"~1")+"/"+p,parentData:i,parentDataProperty:p,rootData:f})||
(e=e===null?me.errors:e.concat(me.errors),s=e.length)}else{let n={instancePath:a+"/"+t.replace(/~/g,"~0").replace(/\//g,
"~1"),schemaPath:"#/additionalProperties/type",keyword:"type",params:{type:"array"},schema:E.additionalProperties.type,parentSchema:E.
additionalProperties,data:i};e===null?e=[n]:e.push(n),s++}}}return Me.errors=e,s===0}var dr=Ue,m={$id:"config.schema.jso\
n",description:"The local config: trusted, root's own, never in the state repository. Needed: repository with its url.",
type:"object",additionalProperties:!1,required:["repository"],properties:{repository:{description:"The state repository \
that this host follows.",type:"object",additionalProperties:!1,required:["url"],properties:{url:{description:"https://HO\
ST/PATH, ssh://[USER@]HOST[:PORT]/PATH, USER@HOST:PATH, or the full path of a local repository.",type:"string",format:"r\
epository-url",maxLength:2e3},branch:{description:"The branch to follow. Default: main.",type:"string",format:"branch",maxLength:200},
key:{description:"The private ssh key to fetch with.",type:"string",format:"path"},knownHosts:{description:"The ssh host\
 keys that are trusted.",type:"string",format:"path"},signers:{description:"Allowed signers (ssh-keygen's format). When \
set, commits without a good signature are refused.",type:"string",format:"path"}}},host:{description:"This host's name i\
n the state repository (hosts/NAME). Default: the host name.",type:"string",format:"host-name"},schedule:{description:"W\
hen to look at the remote, as a cron pattern; a sixth field in front counts seconds. Default: every 15 seconds.",type:"s\
tring",format:"cron"},policy:{description:"What happens by itself.",type:"object",additionalProperties:!1,properties:{commits:{
description:"New commits: apply (default), or hold until `natroute approve`.",type:"string",enum:["apply","hold"]},drift:{
description:"Drift: heal (default), or only report.",type:"string",enum:["heal","report"]},stuckGuests:{description:"A g\
uest that was asked to shut down and does not end in time: leave it and report it (default), or destroy it, as if its po\
wer were cut.",type:"string",enum:["leave","destroy"]},mostDeletions:{description:"A commit that deletes more than this \
share of the forwards, or leaves none, is held until `natroute approve`; one that deletes a running guest always is. 100\
%: no forward is held for that. Default: 33%.",type:"string",pattern:"^(100|[1-9]?[0-9])%$"},deletions:{description:"Del\
etions: apply (default), or hold until `natroute approve`.",type:"string",enum:["apply","hold"]}}},windows:{description:"\
When what disturbs may happen.",type:"object",additionalProperties:!1,properties:{restart:{description:"When guests with\
 `restart: allowed` may be restarted. Default: at any time.",type:"array",maxItems:100,items:{description:"A window open\
s by `cron` and stays open `for` a while.",type:"object",additionalProperties:!1,required:["cron","for"],properties:{cron:{
description:"When the window opens.",type:"string",format:"cron"},for:{$ref:"#/definitions/duration",description:"How lo\
ng it stays open."},timezone:{description:"Of `cron`. Default: UTC.",type:"string",format:"timezone"}}}}}},confirm:{description:"\
After an apply all probes must pass within this time; else the last good generation comes back. A change that touches th\
e way in must in any case be proven by a new connection from outside. Default: no probes, 120s.",type:"object",additionalProperties:!1,
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
 receiver.",type:"object",additionalProperties:!1,required:["type"],properties:{type:{description:"The kind of receiver:\
 slack is also what Discord (its URL with /slack at the end) and Mattermost take; webhook gets JSON as schemas/alert.sch\
ema.json has it.",type:"string",enum:["slack","webhook","ntfy","mail","command"]},urlFile:{description:"The file with th\
e receiver's URL: it is a secret.",type:"string",format:"path"},tokenFile:{description:"The file with a token that is se\
nt as Authorization: Bearer.",type:"string",format:"path"},to:{description:"Mail addresses, given to this host's sendmai\
l.",type:"array",minItems:1,maxItems:32,items:{type:"string",format:"mail-address",maxLength:254}},from:{description:"Th\
e sender's mail address. Default: what sendmail puts there.",type:"string",format:"mail-address",maxLength:254},command:{
description:"A program by its full path, and its arguments; it gets the JSON of a webhook on its standard input.",type:"\
array",minItems:1,maxItems:32,items:{type:"string",format:"line",minLength:1,maxLength:1e3}},events:{description:"What t\
o tell; the end of a trouble is told to whom it was told. Default: all of them.",type:"array",minItems:1,maxItems:6,items:{
type:"string",enum:["drift","failed","applied","held","rejected","suspended"]}}}}},generations:{description:"Which gener\
ations are kept to go back to. The one in force and the last good one before it always are.",type:"object",additionalProperties:!1,
properties:{keep:{description:"At most so many, the newest. Default: 50.",type:"integer",minimum:2,maximum:1e4},days:{description:"\
None that is older. Default: 365.",type:"integer",minimum:1,maximum:36500}}},ledger:{description:"The record of every pa\
ss that changed or found something.",type:"object",additionalProperties:!1,properties:{remote:{description:"Where to pus\
h it, in the same forms as the repository's url. Default: nowhere.",type:["string","null"],format:"repository-url",maxLength:2e3},
signingKey:{description:"The ssh key that signs its commits. Default: none.",type:["string","null"],format:"path"},days:{
description:"Entries that are older are let go; what still stands stays explained. With a remote, only what it has. Defa\
ult: none is.",type:["integer","null"],minimum:1,maximum:36500}}}},definitions:{duration:{description:"A number with its\
 unit: 60s, 10m, 2h or 1d.",type:"string",format:"duration"},patterns:{type:"array",maxItems:1e3,items:{description:"A n\
ame or path; * stands for any characters but a slash.",type:"string",format:"line",minLength:1,maxLength:200}},probe:{description:"\
One probe: exactly one of tcp, ping and inbound.",type:"object",additionalProperties:!1,minProperties:1,maxProperties:1,
properties:{tcp:{description:"A TCP connection to IP:PORT must open.",type:"string",format:"endpoint"},ping:{description:"\
`gateway` (the uplink's, its IPv4 one where it has two), or an IP, must answer.",type:"string",format:"ping-target"},inbound:{
description:"A connection from outside, newer than the change, must have reached this port of the host, as PORT/PROTOCOL\
; `natroute confirm` over a new connection does too.",type:"string",format:"listen"}}}}},Ie=g["repository-url"],tr=g.branch,
sr=g["host-name"],Ne=g.cron,be=g.endpoint,je=g["mail-address"],ar=new RegExp("^(100|[1-9]?[0-9])%$","u"),ke={description:"\
A number with its unit: 60s, 10m, 2h or 1d.",type:"string",format:"duration"},or=g.duration;function H(o,{instancePath:a="",
parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(typeof o=="string"){if(!or(o)){let r={instancePath:a,
schemaPath:"#/format",keyword:"format",params:{format:"duration"},schema:"duration",parentSchema:ke,data:o};e===null?e=[
r]:e.push(r),s++}}else{let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"string"},schema:ke.type,parentSchema:ke,
data:o};e===null?e=[r]:e.push(r),s++}return H.errors=e,s===0}var q={description:"One probe: exactly one of tcp, ping and\
 inbound.",type:"object",additionalProperties:!1,minProperties:1,maxProperties:1,properties:{tcp:{description:"A TCP con\
nection to IP:PORT must open.",type:"string",format:"endpoint"},ping:{description:"`gateway` (the uplink's, its IPv4 one\
 where it has two), or an IP, must answer.",type:"string",format:"ping-target"},inbound:{description:"A connection from \
outside, newer than the change, must have reached this port of the host, as PORT/PROTOCOL; `natroute confirm` over a new\
 connection does too.",type:"string",format:"listen"}}},ir=g["ping-target"];function le(o,{instancePath:a="",parentData:b,
parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o=="object"&&!Array.isArray(o)){if(Object.keys(o).length>
1){let r={instancePath:a,schemaPath:"#/maxProperties",keyword:"maxProperties",params:{limit:1},schema:1,parentSchema:q,data:o};
e===null?e=[r]:e.push(r),s++}if(Object.keys(o).length<1){let r={instancePath:a,schemaPath:"#/minProperties",keyword:"min\
Properties",params:{limit:1},schema:1,parentSchema:q,data:o};e===null?e=[r]:e.push(r),s++}for(let r in o)if(!(r==="tcp"||
r==="ping"||r==="inbound")){let t={instancePath:a,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{
additionalProperty:r},schema:!1,parentSchema:q,data:o};e===null?e=[t]:e.push(t),s++}if(o.tcp!==void 0){let r=o.tcp;if(typeof r==
"string"){if(!be(r)){let t={instancePath:a+"/tcp",schemaPath:"#/properties/tcp/format",keyword:"format",params:{format:"\
endpoint"},schema:"endpoint",parentSchema:q.properties.tcp,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+
"/tcp",schemaPath:"#/properties/tcp/type",keyword:"type",params:{type:"string"},schema:q.properties.tcp.type,parentSchema:q.
properties.tcp,data:r};e===null?e=[t]:e.push(t),s++}}if(o.ping!==void 0){let r=o.ping;if(typeof r=="string"){if(!ir(r)){
let t={instancePath:a+"/ping",schemaPath:"#/properties/ping/format",keyword:"format",params:{format:"ping-target"},schema:"\
ping-target",parentSchema:q.properties.ping,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/ping",schemaPath:"\
#/properties/ping/type",keyword:"type",params:{type:"string"},schema:q.properties.ping.type,parentSchema:q.properties.ping,
data:r};e===null?e=[t]:e.push(t),s++}}if(o.inbound!==void 0){let r=o.inbound;if(typeof r=="string"){if(!Ee(r)){let t={instancePath:a+
"/inbound",schemaPath:"#/properties/inbound/format",keyword:"format",params:{format:"listen"},schema:"listen",parentSchema:q.
properties.inbound,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/inbound",schemaPath:"#/properties/\
inbound/type",keyword:"type",params:{type:"string"},schema:q.properties.inbound.type,parentSchema:q.properties.inbound,data:r};
e===null?e=[t]:e.push(t),s++}}}else{let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"object"},schema:q.
type,parentSchema:q,data:o};e===null?e=[r]:e.push(r),s++}return le.errors=e,s===0}var R={type:"array",maxItems:1e3,items:{
description:"A name or path; * stands for any characters but a slash.",type:"string",format:"line",minLength:1,maxLength:200}};
function A(o,{instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(Array.isArray(o)){
if(o.length>1e3){let t={instancePath:a,schemaPath:"#/maxItems",keyword:"maxItems",params:{limit:1e3},schema:1e3,parentSchema:R,
data:o};e===null?e=[t]:e.push(t),s++}let r=o.length;for(let t=0;t<r;t++){let i=o[t];if(typeof i=="string"){if(D(i)>200){
let n={instancePath:a+"/"+t,schemaPath:"#/items/maxLength",keyword:"maxLength",params:{limit:200},schema:200,parentSchema:R.
items,data:i};e===null?e=[n]:e.push(n),s++}if(D(i)<1){let n={instancePath:a+"/"+t,schemaPath:"#/items/minLength",keyword:"\
minLength",params:{limit:1},schema:1,parentSchema:R.items,data:i};e===null?e=[n]:e.push(n),s++}if(!L(i)){let n={instancePath:a+
"/"+t,schemaPath:"#/items/format",keyword:"format",params:{format:"line"},schema:"line",parentSchema:R.items,data:i};e===
null?e=[n]:e.push(n),s++}}else{let n={instancePath:a+"/"+t,schemaPath:"#/items/type",keyword:"type",params:{type:"string"},
schema:R.items.type,parentSchema:R.items,data:i};e===null?e=[n]:e.push(n),s++}}}else{let r={instancePath:a,schemaPath:"#\
/type",keyword:"type",params:{type:"array"},schema:R.type,parentSchema:R,data:o};e===null?e=[r]:e.push(r),s++}return A.errors=
e,s===0}function Ue(o,{instancePath:a="",parentData:b,parentDataProperty:w,rootData:f=o}={}){let e=null,s=0;if(o&&typeof o==
"object"&&!Array.isArray(o)){if(o.repository===void 0){let r={instancePath:a,schemaPath:"#/required",keyword:"required",
params:{missingProperty:"repository"},schema:m.required,parentSchema:m,data:o};e===null?e=[r]:e.push(r),s++}for(let r in o)
if(!Se.call(m.properties,r)){let t={instancePath:a,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{
additionalProperty:r},schema:!1,parentSchema:m,data:o};e===null?e=[t]:e.push(t),s++}if(o.repository!==void 0){let r=o.repository;
if(r&&typeof r=="object"&&!Array.isArray(r)){if(r.url===void 0){let t={instancePath:a+"/repository",schemaPath:"#/proper\
ties/repository/required",keyword:"required",params:{missingProperty:"url"},schema:m.properties.repository.required,parentSchema:m.
properties.repository,data:r};e===null?e=[t]:e.push(t),s++}for(let t in r)if(!(t==="url"||t==="branch"||t==="key"||t==="\
knownHosts"||t==="signers")){let i={instancePath:a+"/repository",schemaPath:"#/properties/repository/additionalPropertie\
s",keyword:"additionalProperties",params:{additionalProperty:t},schema:!1,parentSchema:m.properties.repository,data:r};e===
null?e=[i]:e.push(i),s++}if(r.url!==void 0){let t=r.url;if(typeof t=="string"){if(D(t)>2e3){let i={instancePath:a+"/repo\
sitory/url",schemaPath:"#/properties/repository/properties/url/maxLength",keyword:"maxLength",params:{limit:2e3},schema:2e3,
parentSchema:m.properties.repository.properties.url,data:t};e===null?e=[i]:e.push(i),s++}if(!Ie(t)){let i={instancePath:a+
"/repository/url",schemaPath:"#/properties/repository/properties/url/format",keyword:"format",params:{format:"repository\
-url"},schema:"repository-url",parentSchema:m.properties.repository.properties.url,data:t};e===null?e=[i]:e.push(i),s++}}else{
let i={instancePath:a+"/repository/url",schemaPath:"#/properties/repository/properties/url/type",keyword:"type",params:{
type:"string"},schema:m.properties.repository.properties.url.type,parentSchema:m.properties.repository.properties.url,data:t};
e===null?e=[i]:e.push(i),s++}}if(r.branch!==void 0){let t=r.branch;if(typeof t=="string"){if(D(t)>200){let i={instancePath:a+
"/repository/branch",schemaPath:"#/properties/repository/properties/branch/maxLength",keyword:"maxLength",params:{limit:200},
schema:200,parentSchema:m.properties.repository.properties.branch,data:t};e===null?e=[i]:e.push(i),s++}if(!tr(t)){let i={
instancePath:a+"/repository/branch",schemaPath:"#/properties/repository/properties/branch/format",keyword:"format",params:{
format:"branch"},schema:"branch",parentSchema:m.properties.repository.properties.branch,data:t};e===null?e=[i]:e.push(i),
s++}}else{let i={instancePath:a+"/repository/branch",schemaPath:"#/properties/repository/properties/branch/type",keyword:"\
type",params:{type:"string"},schema:m.properties.repository.properties.branch.type,parentSchema:m.properties.repository.
properties.branch,data:t};e===null?e=[i]:e.push(i),s++}}if(r.key!==void 0){let t=r.key;if(typeof t=="string"){if(!O(t)){
let i={instancePath:a+"/repository/key",schemaPath:"#/properties/repository/properties/key/format",keyword:"format",params:{
format:"path"},schema:"path",parentSchema:m.properties.repository.properties.key,data:t};e===null?e=[i]:e.push(i),s++}}else{
let i={instancePath:a+"/repository/key",schemaPath:"#/properties/repository/properties/key/type",keyword:"type",params:{
type:"string"},schema:m.properties.repository.properties.key.type,parentSchema:m.properties.repository.properties.key,data:t};
e===null?e=[i]:e.push(i),s++}}if(r.knownHosts!==void 0){let t=r.knownHosts;if(typeof t=="string"){if(!O(t)){let i={instancePath:a+
"/repository/knownHosts",schemaPath:"#/properties/repository/properties/knownHosts/format",keyword:"format",params:{format:"\
path"},schema:"path",parentSchema:m.properties.repository.properties.knownHosts,data:t};e===null?e=[i]:e.push(i),s++}}else{
let i={instancePath:a+"/repository/knownHosts",schemaPath:"#/properties/repository/properties/knownHosts/type",keyword:"\
type",params:{type:"string"},schema:m.properties.repository.properties.knownHosts.type,parentSchema:m.properties.repository.
properties.knownHosts,data:t};e===null?e=[i]:e.push(i),s++}}if(r.signers!==void 0){let t=r.signers;if(typeof t=="string"){
if(!O(t)){let i={instancePath:a+"/repository/signers",schemaPath:"#/properties/repository/properties/signers/format",keyword:"\
format",params:{format:"path"},schema:"path",parentSchema:m.properties.repository.properties.signers,data:t};e===null?e=
[i]:e.push(i),s++}}else{let i={instancePath:a+"/repository/signers",schemaPath:"#/properties/repository/properties/signe\
rs/type",keyword:"type",params:{type:"string"},schema:m.properties.repository.properties.signers.type,parentSchema:m.properties.
repository.properties.signers,data:t};e===null?e=[i]:e.push(i),s++}}}else{let t={instancePath:a+"/repository",schemaPath:"\
#/properties/repository/type",keyword:"type",params:{type:"object"},schema:m.properties.repository.type,parentSchema:m.properties.
repository,data:r};e===null?e=[t]:e.push(t),s++}}if(o.host!==void 0){let r=o.host;if(typeof r=="string"){if(!sr(r)){let t={
instancePath:a+"/host",schemaPath:"#/properties/host/format",keyword:"format",params:{format:"host-name"},schema:"host-n\
ame",parentSchema:m.properties.host,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/host",schemaPath:"\
#/properties/host/type",keyword:"type",params:{type:"string"},schema:m.properties.host.type,parentSchema:m.properties.host,
data:r};e===null?e=[t]:e.push(t),s++}}if(o.schedule!==void 0){let r=o.schedule;if(typeof r=="string"){if(!Ne(r)){let t={
instancePath:a+"/schedule",schemaPath:"#/properties/schedule/format",keyword:"format",params:{format:"cron"},schema:"cro\
n",parentSchema:m.properties.schedule,data:r};e===null?e=[t]:e.push(t),s++}}else{let t={instancePath:a+"/schedule",schemaPath:"\
#/properties/schedule/type",keyword:"type",params:{type:"string"},schema:m.properties.schedule.type,parentSchema:m.properties.
schedule,data:r};e===null?e=[t]:e.push(t),s++}}if(o.policy!==void 0){let r=o.policy;if(r&&typeof r=="object"&&!Array.isArray(
r)){for(let t in r)if(!(t==="commits"||t==="drift"||t==="stuckGuests"||t==="mostDeletions"||t==="deletions")){let i={instancePath:a+
"/policy",schemaPath:"#/properties/policy/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:t},
schema:!1,parentSchema:m.properties.policy,data:r};e===null?e=[i]:e.push(i),s++}if(r.commits!==void 0){let t=r.commits;if(typeof t!=
"string"){let i={instancePath:a+"/policy/commits",schemaPath:"#/properties/policy/properties/commits/type",keyword:"type",
params:{type:"string"},schema:m.properties.policy.properties.commits.type,parentSchema:m.properties.policy.properties.commits,
data:t};e===null?e=[i]:e.push(i),s++}if(!(t==="apply"||t==="hold")){let i={instancePath:a+"/policy/commits",schemaPath:"\
#/properties/policy/properties/commits/enum",keyword:"enum",params:{allowedValues:m.properties.policy.properties.commits.
enum},schema:m.properties.policy.properties.commits.enum,parentSchema:m.properties.policy.properties.commits,data:t};e===
null?e=[i]:e.push(i),s++}}if(r.drift!==void 0){let t=r.drift;if(typeof t!="string"){let i={instancePath:a+"/policy/drift",
schemaPath:"#/properties/policy/properties/drift/type",keyword:"type",params:{type:"string"},schema:m.properties.policy.
properties.drift.type,parentSchema:m.properties.policy.properties.drift,data:t};e===null?e=[i]:e.push(i),s++}if(!(t==="h\
eal"||t==="report")){let i={instancePath:a+"/policy/drift",schemaPath:"#/properties/policy/properties/drift/enum",keyword:"\
enum",params:{allowedValues:m.properties.policy.properties.drift.enum},schema:m.properties.policy.properties.drift.enum,
parentSchema:m.properties.policy.properties.drift,data:t};e===null?e=[i]:e.push(i),s++}}if(r.stuckGuests!==void 0){let t=r.
stuckGuests;if(typeof t!="string"){let i={instancePath:a+"/policy/stuckGuests",schemaPath:"#/properties/policy/propertie\
s/stuckGuests/type",keyword:"type",params:{type:"string"},schema:m.properties.policy.properties.stuckGuests.type,parentSchema:m.
properties.policy.properties.stuckGuests,data:t};e===null?e=[i]:e.push(i),s++}if(!(t==="leave"||t==="destroy")){let i={instancePath:a+
"/policy/stuckGuests",schemaPath:"#/properties/policy/properties/stuckGuests/enum",keyword:"enum",params:{allowedValues:m.
properties.policy.properties.stuckGuests.enum},schema:m.properties.policy.properties.stuckGuests.enum,parentSchema:m.properties.
policy.properties.stuckGuests,data:t};e===null?e=[i]:e.push(i),s++}}if(r.mostDeletions!==void 0){let t=r.mostDeletions;if(typeof t==
"string"){if(!ar.test(t)){let i={instancePath:a+"/policy/mostDeletions",schemaPath:"#/properties/policy/properties/mostD\
eletions/pattern",keyword:"pattern",params:{pattern:"^(100|[1-9]?[0-9])%$"},schema:"^(100|[1-9]?[0-9])%$",parentSchema:m.
properties.policy.properties.mostDeletions,data:t};e===null?e=[i]:e.push(i),s++}}else{let i={instancePath:a+"/policy/mos\
tDeletions",schemaPath:"#/properties/policy/properties/mostDeletions/type",keyword:"type",params:{type:"string"},schema:m.
properties.policy.properties.mostDeletions.type,parentSchema:m.properties.policy.properties.mostDeletions,data:t};e===null?
e=[i]:e.push(i),s++}}if(r.deletions!==void 0){let t=r.deletions;if(typeof t!="string"){let i={instancePath:a+"/policy/de\
letions",schemaPath:"#/properties/policy/properties/deletions/type",keyword:"type",params:{type:"string"},schema:m.properties.
policy.properties.deletions.type,parentSchema:m.properties.policy.properties.deletions,data:t};e===null?e=[i]:e.push(i),
s++}if(!(t==="apply"||t==="hold")){let i={instancePath:a+"/policy/deletions",schemaPath:"#/properties/policy/properties/\
deletions/enum",keyword:"enum",params:{allowedValues:m.properties.policy.properties.deletions.enum},schema:m.properties.
policy.properties.deletions.enum,parentSchema:m.properties.policy.properties.deletions,data:t};e===null?e=[i]:e.push(i),
s++}}}else{let t={instancePath:a+"/policy",schemaPath:"#/properties/policy/type",keyword:"type",params:{type:"object"},schema:m.
properties.policy.type,parentSchema:m.properties.policy,data:r};e===null?e=[t]:e.push(t),s++}}if(o.windows!==void 0){let r=o.
windows;if(r&&typeof r=="object"&&!Array.isArray(r)){for(let t in r)if(t!=="restart"){let i={instancePath:a+"/windows",schemaPath:"\
#/properties/windows/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:t},schema:!1,parentSchema:m.
properties.windows,data:r};e===null?e=[i]:e.push(i),s++}if(r.restart!==void 0){let t=r.restart;if(Array.isArray(t)){if(t.
length>100){let n={instancePath:a+"/windows/restart",schemaPath:"#/properties/windows/properties/restart/maxItems",keyword:"\
maxItems",params:{limit:100},schema:100,parentSchema:m.properties.windows.properties.restart,data:t};e===null?e=[n]:e.push(
n),s++}let i=t.length;for(let n=0;n<i;n++){let p=t[n];if(p&&typeof p=="object"&&!Array.isArray(p)){if(p.cron===void 0){let l={
instancePath:a+"/windows/restart/"+n,schemaPath:"#/properties/windows/properties/restart/items/required",keyword:"requir\
ed",params:{missingProperty:"cron"},schema:m.properties.windows.properties.restart.items.required,parentSchema:m.properties.
windows.properties.restart.items,data:p};e===null?e=[l]:e.push(l),s++}if(p.for===void 0){let l={instancePath:a+"/windows\
/restart/"+n,schemaPath:"#/properties/windows/properties/restart/items/required",keyword:"required",params:{missingProperty:"\
for"},schema:m.properties.windows.properties.restart.items.required,parentSchema:m.properties.windows.properties.restart.
items,data:p};e===null?e=[l]:e.push(l),s++}for(let l in p)if(!(l==="cron"||l==="for"||l==="timezone")){let c={instancePath:a+
"/windows/restart/"+n,schemaPath:"#/properties/windows/properties/restart/items/additionalProperties",keyword:"additiona\
lProperties",params:{additionalProperty:l},schema:!1,parentSchema:m.properties.windows.properties.restart.items,data:p};
e===null?e=[c]:e.push(c),s++}if(p.cron!==void 0){let l=p.cron;if(typeof l=="string"){if(!Ne(l)){let c={instancePath:a+"/\
windows/restart/"+n+"/cron",schemaPath:"#/properties/windows/properties/restart/items/properties/cron/format",keyword:"f\
ormat",params:{format:"cron"},schema:"cron",parentSchema:m.properties.windows.properties.restart.items.properties.cron,data:l};
e===null?e=[c]:e.push(c),s++}}else{let c={instancePath:a+"/windows/restart/"+n+"/cron",schemaPath:"#/properties/windows/\
properties/restart/items/properties/cron/type",keyword:"type",params:{type:"string"},schema:m.properties.windows.properties.
restart.items.properties.cron.type,parentSchema:m.properties.windows.properties.restart.items.properties.cron,data:l};e===
null?e=[c]:e.push(c),s++}}if(p.for!==void 0&&(H(p.for,{instancePath:a+"/windows/restart/"+n+"/for",parentData:p,parentDataProperty:"\
for",rootData:f})||(e=e===null?H.errors:e.concat(H.errors),s=e.length)),p.timezone!==void 0){let l=p.timezone;if(typeof l==
"string"){if(!Re(l)){let c={instancePath:a+"/windows/restart/"+n+"/timezone",schemaPath:"#/properties/windows/properties\
/restart/items/properties/timezone/format",keyword:"format",params:{format:"timezone"},schema:"timezone",parentSchema:m.
properties.windows.properties.restart.items.properties.timezone,data:l};e===null?e=[c]:e.push(c),s++}}else{let c={instancePath:a+
"/windows/restart/"+n+"/timezone",schemaPath:"#/properties/windows/properties/restart/items/properties/timezone/type",keyword:"\
type",params:{type:"string"},schema:m.properties.windows.properties.restart.items.properties.timezone.type,parentSchema:m.
properties.windows.properties.restart.items.properties.timezone,data:l};e===null?e=[c]:e.push(c),s++}}}else{let l={instancePath:a+
"/windows/restart/"+n,schemaPath:"#/properties/windows/properties/restart/items/type",keyword:"type",params:{type:"objec\
t"},schema:m.properties.windows.properties.restart.items.type,parentSchema:m.properties.windows.properties.restart.items,
data:p};e===null?e=[l]:e.push(l),s++}}}else{let i={instancePath:a+"/windows/restart",schemaPath:"#/properties/windows/pr\
operties/restart/type",keyword:"type",params:{type:"array"},schema:m.properties.windows.properties.restart.type,parentSchema:m.
properties.windows.properties.restart,data:t};e===null?e=[i]:e.push(i),s++}}}else{let t={instancePath:a+"/windows",schemaPath:"\
#/properties/windows/type",keyword:"type",params:{type:"object"},schema:m.properties.windows.type,parentSchema:m.properties.
windows,data:r};e===null?e=[t]:e.push(t),s++}}if(o.confirm!==void 0){let r=o.confirm;if(r&&typeof r=="object"&&!Array.isArray(
r)){if(r.within===void 0){let t={instancePath:a+"/confirm",schemaPath:"#/properties/confirm/required",keyword:"required",
params:{missingProperty:"within"},schema:m.properties.confirm.required,parentSchema:m.properties.confirm,data:r};e===null?
e=[t]:e.push(t),s++}if(r.probes===void 0){let t={instancePath:a+"/confirm",schemaPath:"#/properties/confirm/required",keyword:"\
required",params:{missingProperty:"probes"},schema:m.properties.confirm.required,parentSchema:m.properties.confirm,data:r};
e===null?e=[t]:e.push(t),s++}for(let t in r)if(!(t==="within"||t==="probes")){let i={instancePath:a+"/confirm",schemaPath:"\
#/properties/confirm/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:t},schema:!1,parentSchema:m.
properties.confirm,data:r};e===null?e=[i]:e.push(i),s++}if(r.within!==void 0&&(H(r.within,{instancePath:a+"/confirm/with\
in",parentData:r,parentDataProperty:"within",rootData:f})||(e=e===null?H.errors:e.concat(H.errors),s=e.length)),r.probes!==
void 0){let t=r.probes;if(Array.isArray(t)){if(t.length>32){let n={instancePath:a+"/confirm/probes",schemaPath:"#/proper\
ties/confirm/properties/probes/maxItems",keyword:"maxItems",params:{limit:32},schema:32,parentSchema:m.properties.confirm.
properties.probes,data:t};e===null?e=[n]:e.push(n),s++}if(t.length<1){let n={instancePath:a+"/confirm/probes",schemaPath:"\
#/properties/confirm/properties/probes/minItems",keyword:"minItems",params:{limit:1},schema:1,parentSchema:m.properties.
confirm.properties.probes,data:t};e===null?e=[n]:e.push(n),s++}let i=t.length;for(let n=0;n<i;n++)le(t[n],{instancePath:a+
"/confirm/probes/"+n,parentData:t,parentDataProperty:n,rootData:f})||(e=e===null?le.errors:e.concat(le.errors),s=e.length)}else{
let i={instancePath:a+"/confirm/probes",schemaPath:"#/properties/confirm/properties/probes/type",keyword:"type",params:{
type:"array"},schema:m.properties.confirm.properties.probes.type,parentSchema:m.properties.confirm.properties.probes,data:t};
e===null?e=[i]:e.push(i),s++}}}else{let t={instancePath:a+"/confirm",schemaPath:"#/properties/confirm/type",keyword:"typ\
e",params:{type:"object"},schema:m.properties.confirm.type,parentSchema:m.properties.confirm,data:r};e===null?e=[t]:e.push(
t),s++}}if(o.allow!==void 0){let r=o.allow;if(r&&typeof r=="object"&&!Array.isArray(r)){for(let t in r)if(!(t==="disks"||
t==="bootloaders"||t==="kernels"||t==="scripts"||t==="bridges"||t==="options"||t==="sysctls")){let i={instancePath:a+"/a\
llow",schemaPath:"#/properties/allow/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:t},
schema:!1,parentSchema:m.properties.allow,data:r};e===null?e=[i]:e.push(i),s++}r.disks!==void 0&&(A(r.disks,{instancePath:a+
"/allow/disks",parentData:r,parentDataProperty:"disks",rootData:f})||(e=e===null?A.errors:e.concat(A.errors),s=e.length)),
r.bootloaders!==void 0&&(A(r.bootloaders,{instancePath:a+"/allow/bootloaders",parentData:r,parentDataProperty:"bootloade\
rs",rootData:f})||(e=e===null?A.errors:e.concat(A.errors),s=e.length)),r.kernels!==void 0&&(A(r.kernels,{instancePath:a+
"/allow/kernels",parentData:r,parentDataProperty:"kernels",rootData:f})||(e=e===null?A.errors:e.concat(A.errors),s=e.length)),
r.scripts!==void 0&&(A(r.scripts,{instancePath:a+"/allow/scripts",parentData:r,parentDataProperty:"scripts",rootData:f})||
(e=e===null?A.errors:e.concat(A.errors),s=e.length)),r.bridges!==void 0&&(A(r.bridges,{instancePath:a+"/allow/bridges",parentData:r,
parentDataProperty:"bridges",rootData:f})||(e=e===null?A.errors:e.concat(A.errors),s=e.length)),r.options!==void 0&&(A(r.
options,{instancePath:a+"/allow/options",parentData:r,parentDataProperty:"options",rootData:f})||(e=e===null?A.errors:e.
concat(A.errors),s=e.length)),r.sysctls!==void 0&&(A(r.sysctls,{instancePath:a+"/allow/sysctls",parentData:r,parentDataProperty:"\
sysctls",rootData:f})||(e=e===null?A.errors:e.concat(A.errors),s=e.length))}else{let t={instancePath:a+"/allow",schemaPath:"\
#/properties/allow/type",keyword:"type",params:{type:"object"},schema:m.properties.allow.type,parentSchema:m.properties.
allow,data:r};e===null?e=[t]:e.push(t),s++}}if(o.listen!==void 0){let r=o.listen;if(typeof r!="string"&&r!==null){let t={
instancePath:a+"/listen",schemaPath:"#/properties/listen/type",keyword:"type",params:{type:m.properties.listen.type},schema:m.
properties.listen.type,parentSchema:m.properties.listen,data:r};e===null?e=[t]:e.push(t),s++}if(typeof r=="string"&&!be(
r)){let t={instancePath:a+"/listen",schemaPath:"#/properties/listen/format",keyword:"format",params:{format:"endpoint"},
schema:"endpoint",parentSchema:m.properties.listen,data:r};e===null?e=[t]:e.push(t),s++}}if(o.hook!==void 0){let r=o.hook;
if(r&&typeof r=="object"&&!Array.isArray(r)){if(r.listen===void 0){let t={instancePath:a+"/hook",schemaPath:"#/propertie\
s/hook/required",keyword:"required",params:{missingProperty:"listen"},schema:m.properties.hook.required,parentSchema:m.properties.
hook,data:r};e===null?e=[t]:e.push(t),s++}if(r.secretFile===void 0){let t={instancePath:a+"/hook",schemaPath:"#/properti\
es/hook/required",keyword:"required",params:{missingProperty:"secretFile"},schema:m.properties.hook.required,parentSchema:m.
properties.hook,data:r};e===null?e=[t]:e.push(t),s++}for(let t in r)if(!(t==="listen"||t==="certificate"||t==="key"||t===
"secretFile")){let i={instancePath:a+"/hook",schemaPath:"#/properties/hook/additionalProperties",keyword:"additionalProp\
erties",params:{additionalProperty:t},schema:!1,parentSchema:m.properties.hook,data:r};e===null?e=[i]:e.push(i),s++}if(r.
certificate!==void 0&&r.key===void 0){let t={instancePath:a+"/hook",schemaPath:"#/properties/hook/dependencies",keyword:"\
dependencies",params:{property:"certificate",missingProperty:"key",depsCount:1,deps:"key"},schema:m.properties.hook.dependencies,
parentSchema:m.properties.hook,data:r};e===null?e=[t]:e.push(t),s++}if(r.key!==void 0&&r.certificate===void 0){let t={instancePath:a+
"/hook",schemaPath:"#/properties/hook/dependencies",keyword:"dependencies",params:{property:"key",missingProperty:"certi\
ficate",depsCount:1,deps:"certificate"},schema:m.properties.hook.dependencies,parentSchema:m.properties.hook,data:r};e===
null?e=[t]:e.push(t),s++}if(r.listen!==void 0){let t=r.listen;if(typeof t=="string"){if(!be(t)){let i={instancePath:a+"/\
hook/listen",schemaPath:"#/properties/hook/properties/listen/format",keyword:"format",params:{format:"endpoint"},schema:"\
endpoint",parentSchema:m.properties.hook.properties.listen,data:t};e===null?e=[i]:e.push(i),s++}}else{let i={instancePath:a+
"/hook/listen",schemaPath:"#/properties/hook/properties/listen/type",keyword:"type",params:{type:"string"},schema:m.properties.
hook.properties.listen.type,parentSchema:m.properties.hook.properties.listen,data:t};e===null?e=[i]:e.push(i),s++}}if(r.
certificate!==void 0){let t=r.certificate;if(typeof t=="string"){if(!O(t)){let i={instancePath:a+"/hook/certificate",schemaPath:"\
#/properties/hook/properties/certificate/format",keyword:"format",params:{format:"path"},schema:"path",parentSchema:m.properties.
hook.properties.certificate,data:t};e===null?e=[i]:e.push(i),s++}}else{let i={instancePath:a+"/hook/certificate",schemaPath:"\
#/properties/hook/properties/certificate/type",keyword:"type",params:{type:"string"},schema:m.properties.hook.properties.
certificate.type,parentSchema:m.properties.hook.properties.certificate,data:t};e===null?e=[i]:e.push(i),s++}}if(r.key!==
void 0){let t=r.key;if(typeof t=="string"){if(!O(t)){let i={instancePath:a+"/hook/key",schemaPath:"#/properties/hook/pro\
perties/key/format",keyword:"format",params:{format:"path"},schema:"path",parentSchema:m.properties.hook.properties.key,
data:t};e===null?e=[i]:e.push(i),s++}}else{let i={instancePath:a+"/hook/key",schemaPath:"#/properties/hook/properties/ke\
y/type",keyword:"type",params:{type:"string"},schema:m.properties.hook.properties.key.type,parentSchema:m.properties.hook.
properties.key,data:t};e===null?e=[i]:e.push(i),s++}}if(r.secretFile!==void 0){let t=r.secretFile;if(typeof t=="string"){
if(!O(t)){let i={instancePath:a+"/hook/secretFile",schemaPath:"#/properties/hook/properties/secretFile/format",keyword:"\
format",params:{format:"path"},schema:"path",parentSchema:m.properties.hook.properties.secretFile,data:t};e===null?e=[i]:
e.push(i),s++}}else{let i={instancePath:a+"/hook/secretFile",schemaPath:"#/properties/hook/properties/secretFile/type",keyword:"\
type",params:{type:"string"},schema:m.properties.hook.properties.secretFile.type,parentSchema:m.properties.hook.properties.
secretFile,data:t};e===null?e=[i]:e.push(i),s++}}}else{let t={instancePath:a+"/hook",schemaPath:"#/properties/hook/type",
keyword:"type",params:{type:"object"},schema:m.properties.hook.type,parentSchema:m.properties.hook,data:r};e===null?e=[t]:
e.push(t),s++}}if(o.notify!==void 0){let r=o.notify;if(Array.isArray(r)){if(r.length>32){let i={instancePath:a+"/notify",
schemaPath:"#/properties/notify/maxItems",keyword:"maxItems",params:{limit:32},schema:32,parentSchema:m.properties.notify,
data:r};e===null?e=[i]:e.push(i),s++}let t=r.length;for(let i=0;i<t;i++){let n=r[i];if(n&&typeof n=="object"&&!Array.isArray(
n)){if(n.type===void 0){let p={instancePath:a+"/notify/"+i,schemaPath:"#/properties/notify/items/required",keyword:"requ\
ired",params:{missingProperty:"type"},schema:m.properties.notify.items.required,parentSchema:m.properties.notify.items,data:n};
e===null?e=[p]:e.push(p),s++}for(let p in n)if(!(p==="type"||p==="urlFile"||p==="tokenFile"||p==="to"||p==="from"||p==="\
command"||p==="events")){let l={instancePath:a+"/notify/"+i,schemaPath:"#/properties/notify/items/additionalProperties",
keyword:"additionalProperties",params:{additionalProperty:p},schema:!1,parentSchema:m.properties.notify.items,data:n};e===
null?e=[l]:e.push(l),s++}if(n.type!==void 0){let p=n.type;if(typeof p!="string"){let l={instancePath:a+"/notify/"+i+"/ty\
pe",schemaPath:"#/properties/notify/items/properties/type/type",keyword:"type",params:{type:"string"},schema:m.properties.
notify.items.properties.type.type,parentSchema:m.properties.notify.items.properties.type,data:p};e===null?e=[l]:e.push(l),
s++}if(!(p==="slack"||p==="webhook"||p==="ntfy"||p==="mail"||p==="command")){let l={instancePath:a+"/notify/"+i+"/type",
schemaPath:"#/properties/notify/items/properties/type/enum",keyword:"enum",params:{allowedValues:m.properties.notify.items.
properties.type.enum},schema:m.properties.notify.items.properties.type.enum,parentSchema:m.properties.notify.items.properties.
type,data:p};e===null?e=[l]:e.push(l),s++}}if(n.urlFile!==void 0){let p=n.urlFile;if(typeof p=="string"){if(!O(p)){let l={
instancePath:a+"/notify/"+i+"/urlFile",schemaPath:"#/properties/notify/items/properties/urlFile/format",keyword:"format",
params:{format:"path"},schema:"path",parentSchema:m.properties.notify.items.properties.urlFile,data:p};e===null?e=[l]:e.
push(l),s++}}else{let l={instancePath:a+"/notify/"+i+"/urlFile",schemaPath:"#/properties/notify/items/properties/urlFile\
/type",keyword:"type",params:{type:"string"},schema:m.properties.notify.items.properties.urlFile.type,parentSchema:m.properties.
notify.items.properties.urlFile,data:p};e===null?e=[l]:e.push(l),s++}}if(n.tokenFile!==void 0){let p=n.tokenFile;if(typeof p==
"string"){if(!O(p)){let l={instancePath:a+"/notify/"+i+"/tokenFile",schemaPath:"#/properties/notify/items/properties/tok\
enFile/format",keyword:"format",params:{format:"path"},schema:"path",parentSchema:m.properties.notify.items.properties.tokenFile,
data:p};e===null?e=[l]:e.push(l),s++}}else{let l={instancePath:a+"/notify/"+i+"/tokenFile",schemaPath:"#/properties/noti\
fy/items/properties/tokenFile/type",keyword:"type",params:{type:"string"},schema:m.properties.notify.items.properties.tokenFile.
type,parentSchema:m.properties.notify.items.properties.tokenFile,data:p};e===null?e=[l]:e.push(l),s++}}if(n.to!==void 0){
let p=n.to;if(Array.isArray(p)){if(p.length>32){let c={instancePath:a+"/notify/"+i+"/to",schemaPath:"#/properties/notify\
/items/properties/to/maxItems",keyword:"maxItems",params:{limit:32},schema:32,parentSchema:m.properties.notify.items.properties.
to,data:p};e===null?e=[c]:e.push(c),s++}if(p.length<1){let c={instancePath:a+"/notify/"+i+"/to",schemaPath:"#/properties\
/notify/items/properties/to/minItems",keyword:"minItems",params:{limit:1},schema:1,parentSchema:m.properties.notify.items.
properties.to,data:p};e===null?e=[c]:e.push(c),s++}let l=p.length;for(let c=0;c<l;c++){let y=p[c];if(typeof y=="string"){
if(D(y)>254){let S={instancePath:a+"/notify/"+i+"/to/"+c,schemaPath:"#/properties/notify/items/properties/to/items/maxLe\
ngth",keyword:"maxLength",params:{limit:254},schema:254,parentSchema:m.properties.notify.items.properties.to.items,data:y};
e===null?e=[S]:e.push(S),s++}if(!je(y)){let S={instancePath:a+"/notify/"+i+"/to/"+c,schemaPath:"#/properties/notify/item\
s/properties/to/items/format",keyword:"format",params:{format:"mail-address"},schema:"mail-address",parentSchema:m.properties.
notify.items.properties.to.items,data:y};e===null?e=[S]:e.push(S),s++}}else{let S={instancePath:a+"/notify/"+i+"/to/"+c,
schemaPath:"#/properties/notify/items/properties/to/items/type",keyword:"type",params:{type:"string"},schema:m.properties.
notify.items.properties.to.items.type,parentSchema:m.properties.notify.items.properties.to.items,data:y};e===null?e=[S]:
e.push(S),s++}}}else{let l={instancePath:a+"/notify/"+i+"/to",schemaPath:"#/properties/notify/items/properties/to/type",
keyword:"type",params:{type:"array"},schema:m.properties.notify.items.properties.to.type,parentSchema:m.properties.notify.
items.properties.to,data:p};e===null?e=[l]:e.push(l),s++}}if(n.from!==void 0){let p=n.from;if(typeof p=="string"){if(D(p)>
254){let l={instancePath:a+"/notify/"+i+"/from",schemaPath:"#/properties/notify/items/properties/from/maxLength",keyword:"\
maxLength",params:{limit:254},schema:254,parentSchema:m.properties.notify.items.properties.from,data:p};e===null?e=[l]:e.
push(l),s++}if(!je(p)){let l={instancePath:a+"/notify/"+i+"/from",schemaPath:"#/properties/notify/items/properties/from/\
format",keyword:"format",params:{format:"mail-address"},schema:"mail-address",parentSchema:m.properties.notify.items.properties.
from,data:p};e===null?e=[l]:e.push(l),s++}}else{let l={instancePath:a+"/notify/"+i+"/from",schemaPath:"#/properties/noti\
fy/items/properties/from/type",keyword:"type",params:{type:"string"},schema:m.properties.notify.items.properties.from.type,
parentSchema:m.properties.notify.items.properties.from,data:p};e===null?e=[l]:e.push(l),s++}}if(n.command!==void 0){let p=n.
command;if(Array.isArray(p)){if(p.length>32){let c={instancePath:a+"/notify/"+i+"/command",schemaPath:"#/properties/noti\
fy/items/properties/command/maxItems",keyword:"maxItems",params:{limit:32},schema:32,parentSchema:m.properties.notify.items.
properties.command,data:p};e===null?e=[c]:e.push(c),s++}if(p.length<1){let c={instancePath:a+"/notify/"+i+"/command",schemaPath:"\
#/properties/notify/items/properties/command/minItems",keyword:"minItems",params:{limit:1},schema:1,parentSchema:m.properties.
notify.items.properties.command,data:p};e===null?e=[c]:e.push(c),s++}let l=p.length;for(let c=0;c<l;c++){let y=p[c];if(typeof y==
"string"){if(D(y)>1e3){let S={instancePath:a+"/notify/"+i+"/command/"+c,schemaPath:"#/properties/notify/items/properties\
/command/items/maxLength",keyword:"maxLength",params:{limit:1e3},schema:1e3,parentSchema:m.properties.notify.items.properties.
command.items,data:y};e===null?e=[S]:e.push(S),s++}if(D(y)<1){let S={instancePath:a+"/notify/"+i+"/command/"+c,schemaPath:"\
#/properties/notify/items/properties/command/items/minLength",keyword:"minLength",params:{limit:1},schema:1,parentSchema:m.
properties.notify.items.properties.command.items,data:y};e===null?e=[S]:e.push(S),s++}if(!L(y)){let S={instancePath:a+"/\
notify/"+i+"/command/"+c,schemaPath:"#/properties/notify/items/properties/command/items/format",keyword:"format",params:{
format:"line"},schema:"line",parentSchema:m.properties.notify.items.properties.command.items,data:y};e===null?e=[S]:e.push(
S),s++}}else{let S={instancePath:a+"/notify/"+i+"/command/"+c,schemaPath:"#/properties/notify/items/properties/command/i\
tems/type",keyword:"type",params:{type:"string"},schema:m.properties.notify.items.properties.command.items.type,parentSchema:m.
properties.notify.items.properties.command.items,data:y};e===null?e=[S]:e.push(S),s++}}}else{let l={instancePath:a+"/not\
ify/"+i+"/command",schemaPath:"#/properties/notify/items/properties/command/type",keyword:"type",params:{type:"array"},schema:m.
properties.notify.items.properties.command.type,parentSchema:m.properties.notify.items.properties.command,data:p};e===null?
e=[l]:e.push(l),s++}}if(n.events!==void 0){let p=n.events;if(Array.isArray(p)){if(p.length>6){let c={instancePath:a+"/no\
tify/"+i+"/events",schemaPath:"#/properties/notify/items/properties/events/maxItems",keyword:"maxItems",params:{limit:6},
schema:6,parentSchema:m.properties.notify.items.properties.events,data:p};e===null?e=[c]:e.push(c),s++}if(p.length<1){let c={
instancePath:a+"/notify/"+i+"/events",schemaPath:"#/properties/notify/items/properties/events/minItems",keyword:"minItem\
s",params:{limit:1},schema:1,parentSchema:m.properties.notify.items.properties.events,data:p};e===null?e=[c]:e.push(c),s++}
let l=p.length;for(let c=0;c<l;c++){let y=p[c];if(typeof y!="string"){let S={instancePath:a+"/notify/"+i+"/events/"+c,schemaPath:"\
#/properties/notify/items/properties/events/items/type",keyword:"type",params:{type:"string"},schema:m.properties.notify.
items.properties.events.items.type,parentSchema:m.properties.notify.items.properties.events.items,data:y};e===null?e=[S]:
e.push(S),s++}if(!(y==="drift"||y==="failed"||y==="applied"||y==="held"||y==="rejected"||y==="suspended")){let S={instancePath:a+
"/notify/"+i+"/events/"+c,schemaPath:"#/properties/notify/items/properties/events/items/enum",keyword:"enum",params:{allowedValues:m.
properties.notify.items.properties.events.items.enum},schema:m.properties.notify.items.properties.events.items.enum,parentSchema:m.
properties.notify.items.properties.events.items,data:y};e===null?e=[S]:e.push(S),s++}}}else{let l={instancePath:a+"/noti\
fy/"+i+"/events",schemaPath:"#/properties/notify/items/properties/events/type",keyword:"type",params:{type:"array"},schema:m.
properties.notify.items.properties.events.type,parentSchema:m.properties.notify.items.properties.events,data:p};e===null?
e=[l]:e.push(l),s++}}}else{let p={instancePath:a+"/notify/"+i,schemaPath:"#/properties/notify/items/type",keyword:"type",
params:{type:"object"},schema:m.properties.notify.items.type,parentSchema:m.properties.notify.items,data:n};e===null?e=[
p]:e.push(p),s++}}}else{let t={instancePath:a+"/notify",schemaPath:"#/properties/notify/type",keyword:"type",params:{type:"\
array"},schema:m.properties.notify.type,parentSchema:m.properties.notify,data:r};e===null?e=[t]:e.push(t),s++}}if(o.generations!==
void 0){let r=o.generations;if(r&&typeof r=="object"&&!Array.isArray(r)){for(let t in r)if(!(t==="keep"||t==="days")){let i={
instancePath:a+"/generations",schemaPath:"#/properties/generations/additionalProperties",keyword:"additionalProperties",
params:{additionalProperty:t},schema:!1,parentSchema:m.properties.generations,data:r};e===null?e=[i]:e.push(i),s++}if(r.
keep!==void 0){let t=r.keep;if(!(typeof t=="number"&&!(t%1)&&!isNaN(t)&&isFinite(t))){let i={instancePath:a+"/generation\
s/keep",schemaPath:"#/properties/generations/properties/keep/type",keyword:"type",params:{type:"integer"},schema:m.properties.
generations.properties.keep.type,parentSchema:m.properties.generations.properties.keep,data:t};e===null?e=[i]:e.push(i),
s++}if(typeof t=="number"&&isFinite(t)){if(t>1e4||isNaN(t)){let i={instancePath:a+"/generations/keep",schemaPath:"#/prop\
erties/generations/properties/keep/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e4},schema:1e4,parentSchema:m.
properties.generations.properties.keep,data:t};e===null?e=[i]:e.push(i),s++}if(t<2||isNaN(t)){let i={instancePath:a+"/ge\
nerations/keep",schemaPath:"#/properties/generations/properties/keep/minimum",keyword:"minimum",params:{comparison:">=",
limit:2},schema:2,parentSchema:m.properties.generations.properties.keep,data:t};e===null?e=[i]:e.push(i),s++}}}if(r.days!==
void 0){let t=r.days;if(!(typeof t=="number"&&!(t%1)&&!isNaN(t)&&isFinite(t))){let i={instancePath:a+"/generations/days",
schemaPath:"#/properties/generations/properties/days/type",keyword:"type",params:{type:"integer"},schema:m.properties.generations.
properties.days.type,parentSchema:m.properties.generations.properties.days,data:t};e===null?e=[i]:e.push(i),s++}if(typeof t==
"number"&&isFinite(t)){if(t>36500||isNaN(t)){let i={instancePath:a+"/generations/days",schemaPath:"#/properties/generati\
ons/properties/days/maximum",keyword:"maximum",params:{comparison:"<=",limit:36500},schema:36500,parentSchema:m.properties.
generations.properties.days,data:t};e===null?e=[i]:e.push(i),s++}if(t<1||isNaN(t)){let i={instancePath:a+"/generations/d\
ays",schemaPath:"#/properties/generations/properties/days/minimum",keyword:"minimum",params:{comparison:">=",limit:1},schema:1,
parentSchema:m.properties.generations.properties.days,data:t};e===null?e=[i]:e.push(i),s++}}}}else{let t={instancePath:a+
"/generations",schemaPath:"#/properties/generations/type",keyword:"type",params:{type:"object"},schema:m.properties.generations.
type,parentSchema:m.properties.generations,data:r};e===null?e=[t]:e.push(t),s++}}if(o.ledger!==void 0){let r=o.ledger;if(r&&
typeof r=="object"&&!Array.isArray(r)){for(let t in r)if(!(t==="remote"||t==="signingKey"||t==="days")){let i={instancePath:a+
"/ledger",schemaPath:"#/properties/ledger/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:t},
schema:!1,parentSchema:m.properties.ledger,data:r};e===null?e=[i]:e.push(i),s++}if(r.remote!==void 0){let t=r.remote;if(typeof t!=
"string"&&t!==null){let i={instancePath:a+"/ledger/remote",schemaPath:"#/properties/ledger/properties/remote/type",keyword:"\
type",params:{type:m.properties.ledger.properties.remote.type},schema:m.properties.ledger.properties.remote.type,parentSchema:m.
properties.ledger.properties.remote,data:t};e===null?e=[i]:e.push(i),s++}if(typeof t=="string"){if(D(t)>2e3){let i={instancePath:a+
"/ledger/remote",schemaPath:"#/properties/ledger/properties/remote/maxLength",keyword:"maxLength",params:{limit:2e3},schema:2e3,
parentSchema:m.properties.ledger.properties.remote,data:t};e===null?e=[i]:e.push(i),s++}if(!Ie(t)){let i={instancePath:a+
"/ledger/remote",schemaPath:"#/properties/ledger/properties/remote/format",keyword:"format",params:{format:"repository-u\
rl"},schema:"repository-url",parentSchema:m.properties.ledger.properties.remote,data:t};e===null?e=[i]:e.push(i),s++}}}if(r.
signingKey!==void 0){let t=r.signingKey;if(typeof t!="string"&&t!==null){let i={instancePath:a+"/ledger/signingKey",schemaPath:"\
#/properties/ledger/properties/signingKey/type",keyword:"type",params:{type:m.properties.ledger.properties.signingKey.type},
schema:m.properties.ledger.properties.signingKey.type,parentSchema:m.properties.ledger.properties.signingKey,data:t};e===
null?e=[i]:e.push(i),s++}if(typeof t=="string"&&!O(t)){let i={instancePath:a+"/ledger/signingKey",schemaPath:"#/properti\
es/ledger/properties/signingKey/format",keyword:"format",params:{format:"path"},schema:"path",parentSchema:m.properties.
ledger.properties.signingKey,data:t};e===null?e=[i]:e.push(i),s++}}if(r.days!==void 0){let t=r.days;if(!(typeof t=="numb\
er"&&!(t%1)&&!isNaN(t)&&isFinite(t))&&t!==null){let i={instancePath:a+"/ledger/days",schemaPath:"#/properties/ledger/pro\
perties/days/type",keyword:"type",params:{type:m.properties.ledger.properties.days.type},schema:m.properties.ledger.properties.
days.type,parentSchema:m.properties.ledger.properties.days,data:t};e===null?e=[i]:e.push(i),s++}if(typeof t=="number"&&isFinite(
t)){if(t>36500||isNaN(t)){let i={instancePath:a+"/ledger/days",schemaPath:"#/properties/ledger/properties/days/maximum",
keyword:"maximum",params:{comparison:"<=",limit:36500},schema:36500,parentSchema:m.properties.ledger.properties.days,data:t};
e===null?e=[i]:e.push(i),s++}if(t<1||isNaN(t)){let i={instancePath:a+"/ledger/days",schemaPath:"#/properties/ledger/prop\
erties/days/minimum",keyword:"minimum",params:{comparison:">=",limit:1},schema:1,parentSchema:m.properties.ledger.properties.
days,data:t};e===null?e=[i]:e.push(i),s++}}}}else{let t={instancePath:a+"/ledger",schemaPath:"#/properties/ledger/type",
keyword:"type",params:{type:"object"},schema:m.properties.ledger.type,parentSchema:m.properties.ledger,data:r};e===null?
e=[t]:e.push(t),s++}}}else{let r={instancePath:a,schemaPath:"#/type",keyword:"type",params:{type:"object"},schema:m.type,
parentSchema:m,data:o};e===null?e=[r]:e.push(r),s++}return Ue.errors=e,s===0}export{hr as validateChecksFile,dr as validateConfigFile,fr as validateGroupsFile,cr as validateGuestFile,lr as validateHostFile};
