"""The fictitious firms of the demo: names are invented, cities are real. Data only."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "penstock-demo"


@dataclass(frozen=True, slots=True)
class Firm:
    """An organisation with one owner and one address."""

    name: str
    kinds: tuple[str, ...]
    city: str
    street: str
    person: str
    email: str
    postcode: str = ""
    country: str = "CN"
    credit: int = 0


@dataclass(frozen=True, slots=True)
class DemoMachine:
    """A machine of the knowledge base's model, named as the shop names it; the first material is loaded."""

    name: str
    model: str
    materials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoMaker:
    firm: Firm
    machines: tuple[DemoMachine, ...]
    finishes: tuple[str, ...] = ()


OPERATOR = Firm(
    "Penstock Demo Network",
    ("operator",),
    "Shanghai",
    "88 Zhangjiang Road",
    "Olivia Operator",
    "operator@demo.penstock",
)
CARRIER = Firm(
    "Swift Heron Express", ("carrier",), "Hangzhou", "5 Freight Yard", "Carl Carrier", "carrier@demo.penstock"
)

BUYERS = (
    Firm(
        "Clearwater Devices",
        ("buyer",),
        "Suzhou",
        "12 Xinghu Street",
        "Bea Buyer",
        "buyer@demo.penstock",
        credit=200000,
    ),
    Firm("Lantern Robotics", ("buyer",), "Shenzhen", "301 Nanshan Avenue", "Lin Tao", "lantern@demo.penstock"),
    Firm(
        "Osmanthus Audio", ("buyer",), "Hangzhou", "77 Wensan Road", "Mei Xu", "osmanthus@demo.penstock", credit=80000
    ),
    Firm("Red Kite Drones", ("buyer",), "Guangzhou", "9 Tianhe Road", "Ken Ho", "redkite@demo.penstock"),
    Firm("Harbour Instruments", ("buyer",), "Ningbo", "40 Lingqiao Road", "Ida Wolf", "harbour@demo.penstock"),
    Firm(
        "Westlake Medical",
        ("buyer",),
        "Chengdu",
        "18 Tianfu Avenue",
        "Rui Zhao",
        "westlake@demo.penstock",
        credit=120000,
    ),
)

MAKERS = (
    DemoMaker(
        Firm("Jade Sintering", ("maker",), "Shanghai", "21 Baoshan Road", "Max Maker", "maker@demo.penstock"),
        (
            DemoMachine("Laser 1", "eos-p396", ("pa12", "pa12-gb")),
            DemoMachine("Laser 2", "eos-p110", ("pa12",)),
            DemoMachine("Fusion 1", "hp-5200", ("pa12-mjf",)),
        ),
        ("bead-blasting", "dyeing"),
    ),
    DemoMaker(
        Firm("Taihu Powder Works", ("maker",), "Wuxi", "3 Taihu Avenue", "Wen Li", "taihu@demo.penstock"),
        (
            DemoMachine("P396-A", "eos-p396", ("pa12", "pa11")),
            DemoMachine("MJF-A", "hp-4200", ("pa12-mjf", "pa11-mjf")),
            DemoMachine("Fuse", "formlabs-fuse1", ("tpu-sls", "pa12")),
        ),
        ("bead-blasting", "dyeing", "vapour-smoothing"),
    ),
    DemoMaker(
        Firm("Pearl Additive", ("maker",), "Shenzhen", "66 Bao'an Road", "Sunny Chan", "pearl@demo.penstock"),
        (
            DemoMachine("MJF 1", "hp-5200", ("pa12-mjf", "pp-mjf")),
            DemoMachine("SLS 1", "farsoon-403p", ("pa12", "pa12-gb")),
            DemoMachine("SLA 1", "uniontech-rspro600", ("resin-white", "resin-clear")),
        ),
        ("bead-blasting", "dyeing", "painting"),
    ),
    DemoMaker(
        Firm("Clear Resin Studio", ("maker",), "Suzhou", "150 Dongwu Road", "Fay Qian", "resin@demo.penstock"),
        (
            DemoMachine("Vat 1", "uniontech-rspro800", ("resin-white", "resin-black")),
            DemoMachine("Vat 2", "uniontech-rspro600", ("resin-clear",)),
            DemoMachine("Desk 1", "formlabs-form4", ("resin-tough", "resin-grey", "resin-durable")),
        ),
        ("painting", "polishing"),
    ),
    DemoMaker(
        Firm("Canton Light Print", ("maker",), "Guangzhou", "8 Huangpu Avenue", "Leo Liang", "canton@demo.penstock"),
        (
            DemoMachine("Form A", "formlabs-form4", ("resin-grey", "resin-clear", "resin-tough")),
            DemoMachine("Form B", "formlabs-form4l", ("resin-high-temp", "resin-rigid-10k")),
            DemoMachine("Jet", "stratasys-j850", ("vero", "agilus")),
        ),
    ),
    DemoMaker(
        Firm("Kunshan Metal Laser", ("maker",), "Kunshan", "2 Chaoyang Road", "Gao Feng", "metal@demo.penstock"),
        (
            DemoMachine("M290", "eos-m290", ("alsi10mg", "316l")),
            DemoMachine("S310", "blt-s310", ("ti64",)),
        ),
        ("bead-blasting", "heat-treatment", "machining-to-size"),
    ),
    DemoMaker(
        Firm("Dongguan Metal Print", ("maker",), "Dongguan", "90 Hongfu Road", "Amy Deng", "dgmetal@demo.penstock"),
        (
            DemoMachine("SLM 280", "slm-280", ("316l", "17-4ph", "alsi10mg")),
            DemoMachine("Shop", "desktop-metal-shop", ("17-4ph", "316l")),
        ),
        ("bead-blasting", "heat-treatment", "machining-to-size", "polishing"),
    ),
    DemoMaker(
        Firm("Qiantang Filament Farm", ("maker",), "Hangzhou", "15 Binsheng Road", "Bo Shen", "farm@demo.penstock"),
        (
            DemoMachine("Farm 1", "bambu-p1s", ("pla", "petg", "abs", "asa")),
            DemoMachine("Farm 2", "bambu-p1s", ("petg", "pla", "tpu-95a")),
            DemoMachine("Fortus", "stratasys-450mc", ("abs", "pc", "ultem-9085", "asa")),
            DemoMachine("XL", "prusa-xl", ("pla", "petg", "pa-cf")),
        ),
    ),
    DemoMaker(
        Firm("Foshan Precision", ("maker",), "Foshan", "33 Jihua Road", "Hua Tan", "foshan@demo.penstock"),
        (
            DemoMachine("VF-2", "haas-vf2", ("al6061", "al7075", "pom", "brass")),
            DemoMachine("ST-20", "haas-st20", ("al6061", "brass", "steel-304", "pom")),
            DemoMachine("Laser", "fiber-laser-3015", ("steel-s235", "steel-304", "al5083")),
        ),
        ("bead-blasting", "machining-to-size"),
    ),
    DemoMaker(
        Firm("Ningbo Five Axis", ("maker",), "Ningbo", "71 Zhongshan Road", "Rita Mo", "ningbo@demo.penstock"),
        (
            DemoMachine("UMC", "haas-umc750", ("al6061", "al7075", "ti-grade5", "steel-304")),
            DemoMachine("DMU 50", "dmg-dmu50", ("al6061", "steel-1045", "peek-block", "pom")),
        ),
        ("machining-to-size", "polishing", "heat-treatment"),
    ),
    DemoMaker(
        Firm("Zhuhai Casting Room", ("maker",), "Zhuhai", "6 Jingshan Road", "Paul Kwok", "casting@demo.penstock"),
        (DemoMachine("Chamber", "mk-mini-vc", ("pu-abs", "pu-pp", "pu-clear")),),
        ("painting",),
    ),
    DemoMaker(
        Firm(
            "Changzhou Powder Bed",
            ("maker",),
            "Changzhou",
            "28 Tongjiang Road",
            "Nora Jiang",
            "changzhou@demo.penstock",
        ),
        (DemoMachine("Formiga", "eos-p110", ("pa12", "pp-sls")),),
        ("bead-blasting",),
    ),
    DemoMaker(
        Firm("Colour & Coat", ("maker",), "Suzhou", "9 Finishing Lane", "Fred Finisher", "finisher@demo.penstock"),
        (),
        (
            "bead-blasting",
            "dyeing",
            "vapour-smoothing",
            "painting",
            "plating",
            "anodising",
            "polishing",
            "powder-coating",
        ),
    ),
)

LOGINS = (
    ("buyer", BUYERS[0].email),
    ("maker", MAKERS[0].firm.email),
    ("finishing shop", MAKERS[-1].firm.email),
    ("carrier", CARRIER.email),
    ("operator", OPERATOR.email),
)
