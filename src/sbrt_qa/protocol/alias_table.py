"""The built-in alias table: accepted spellings of structure names, by their TG-263 name.

``ALIASES`` are accepted as exact matches after normalisation; ``WEAK`` spellings are short or have a
second meaning and are only suggested (a site may accept one in its names file); ``AMBIGUOUS`` names
have two readings and leave a role undecided. Entries are separated by ``;``. German, French and
Chinese spellings are kept with and without their accents, because normalisation keeps accents.

This is a Python module because it is read at every start: parsing the same table as YAML takes longer
than judging a protocol.
"""

from __future__ import annotations

ALIASES = {
    "Liver": (
        "Liver; Liver_Whole; WholeLiver; Liver_Total; Total Liver; Hepar; Leber; Leber gesamt; "
        "Gesamtleber; Foie; Foie total; Foie entier; 肝; 肝脏; 全肝"
    ),
    "Liver-GTV": (
        "Liver-GTV; Liver_minus_GTV; Liver less GTV; Leber-GTV; Leber minus GTV; Leber ohne GTV; "
        "Foie-GTV; Foie moins GTV; Foie sans GTV; 肝-GTV; 肝脏-GTV"
    ),
    "Liver-CTV": (
        "Liver-CTV; Liver_minus_CTV; Liver-CTVsb; Liver minus CTVsb; Leber-CTV; Leber minus CTV; "
        "Leber ohne CTV; Foie-CTV; Foie moins CTV; Foie sans CTV; 肝-CTV; 肝脏-CTV"
    ),
    "SpinalCord": (
        "SpinalCord; Cord; Spine Cord; Rückenmark; Rueckenmark; Ruckenmark; Myelon; Moelle épinière; "
        "Moelle epiniere; Moelle; 脊髓"
    ),
    "SpinalCanal": (
        "SpinalCanal; Spinalkanal; Rückenmarkskanal; Rueckenmarkskanal; Wirbelkanal; Canal médullaire; "
        "Canal medullaire; Canal rachidien; Canal vertébral; Canal vertebral; 椎管"
    ),
    "SpinalCord_PRV05": (
        "SpinalCord_PRV05; SpinalCord_PRV5; SpinalCord PRV 5mm; Cord+5; Cord+5mm; Cord_PRV5; Cord_PRV05; "
        "Myelon_PRV05; Myelon+5; Rückenmark+5; Rueckenmark+5; Moelle_PRV05; Moelle+5; 脊髓PRV05; 脊髓+5"
    ),
    "Stomach": "Stomach; Gaster; Magen; Estomac; 胃",
    "Duodenum": "Duodenum; Duod; Zwölffingerdarm; Zwoelffingerdarm; Zwolffingerdarm; Duodénum; 十二指肠",
    "Jejunum_Ileum": "Jejunum_Ileum; Jejunum/Ileum; Jéjunum_Iléon; Jejunum_Ileon; 空回肠",
    "Bowel_Small": (
        "Bowel_Small; Small_Bowel; Small Intestine; Dünndarm; Duenndarm; Dunndarm; Intestin grêle; "
        "Intestin grele; Grêle; Grele; 小肠"
    ),
    "Bowel_Large": "Bowel_Large; Large_Bowel; Large Intestine; Dickdarm; Gros intestin; 大肠",
    "Colon": "Colon; Kolon; Côlon; 结肠",
    "Bag_Bowel": "Bag_Bowel; Bowel_Bag; Darmsack; Sac intestinal; Sac digestif; 肠袋",
    "Spc_Bowel": "Spc_Bowel; Bowel_Space",
    "Esophagus": (
        "Esophagus; Oesophagus; Esoph; Oesoph; Ösophagus; Osophagus; Speiseröhre; Speiseroehre; "
        "Œsophage; Oesophage; Esophage; 食管"
    ),
    "Heart": "Heart; Herz; Cœur; Coeur; 心脏; 心",
    "GreatVes": (
        "GreatVes; GreatVessel; GreatVessels; gvessels; Große Gefäße; Grosse Gefaesse; Gros vaisseaux; 大血管"
    ),
    "A_Aorta": "A_Aorta; Aorta; Aorte; 主动脉",
    "V_Venacava_I": (
        "V_Venacava_I; IVC; Inferior Vena Cava; Vena cava inferior; VCI; Untere Hohlvene; "
        "Veine cave inférieure; Veine cave inferieure; 下腔静脉"
    ),
    "V_Portal": "V_Portal; Portal_Vein; Pfortader; Veine porte; 门静脉",
    "Kidney_L": (
        "Kidney_L; Kidney Left; Left Kidney; L Kidney; Lt Kidney; Kidney Lt; Niere links; Niere_li; "
        "Niere_L; Linke Niere; Rein gauche; Rein_G; 左肾"
    ),
    "Kidney_R": (
        "Kidney_R; Kidney Right; Right Kidney; R Kidney; Rt Kidney; Kidney Rt; Niere rechts; Niere_re; "
        "Niere_R; Rechte Niere; Rein droit; Rein_D; 右肾"
    ),
    "Kidneys": (
        "Kidneys; Both_Kidneys; Kidney_Total; Kidneys Combined; Total Kidney; Nieren; Niere beidseits; Reins; 双肾"
    ),
    "Kidney_Cortex": ("Kidney_Cortex; Renal Cortex; Kidney Cortices; Nierenrinde; Cortex rénal; Cortex renal; 肾皮质"),
    "Kidney_Hilum": "Kidney_Hilum; Renal Hilum; Nierenhilus; Hile rénal; Hile renal; 肾门",
    "Lung_L": (
        "Lung_L; Left Lung; Lung Left; L Lung; LungLt; Lunge links; Lunge_li; Linke Lunge; "
        "Poumon gauche; Poumon_G; 左肺"
    ),
    "Lung_R": (
        "Lung_R; Right Lung; Lung Right; R Lung; LungRt; Lunge rechts; Lunge_re; Rechte Lunge; "
        "Poumon droit; Poumon_D; 右肺"
    ),
    "Lungs": ("Lungs; Both Lungs; Lung_Total; Total Lung; Lungen; Lunge beidseits; Lunge gesamt; Poumons; 双肺; 全肺"),
    "Chestwall": "Chestwall; Thoraxwand; Brustwand; Paroi thoracique; Paroi; 胸壁",
    "Rib": "Rib; Ribs; Rippe; Rippen; Côte; Côtes; Cote; Cotes; 肋骨",
    "Skin": "Skin; Haut; Peau; 皮肤",
    "External": (
        "External; Body; Patient; Outline; Outer Contour; Skin Outline; Körper; Koerper; Außenkontur; "
        "Contour externe; Externe; Corps; 体表; 外轮廓"
    ),
    "BileDuct_Common": (
        "BileDuct_Common; Common_BileDuct; CBD; Ductus choledochus; Choledochus; DHC; Cholédoque; "
        "Choledoque; Voie biliaire principale; VBP; 胆总管"
    ),
    "Gallbladder": ("Gallbladder; Gallenblase; Vésicule biliaire; Vesicule biliaire; Vésicule; 胆囊"),
    "cHBT": "cHBT; HBT; Central Biliary Tract; Central Hepatobiliary Tract; CBT",
    "CaudaEquina": "CaudaEquina; Cauda; Queue de cheval; 马尾",
    "SacralPlex": "SacralPlex; Sacral Plexus; Plexus sacralis; Plexus sacré; Plexus sacre; 骶丛",
    "Spleen": "Spleen; Milz; Rate; 脾; 脾脏",
    "Pancreas": "Pancreas; Pankreas; Pancréas; 胰腺",
}

WEAK = {
    "Liver-GTV": "Normal Liver; Liver_Normal; Uninvolved Liver; NL; Foie sain; 正常肝; 正常肝脏",
    "SpinalCord": "SC; Medulla; Medulla spinalis",
    "SpinalCanal": "Canal",
    "SpinalCord_PRV05": ("PRV Cord; Cord_PRV; PRVSpinalCord; SpinalCord_PRV; PRV Moelle; PRV Myelon; 脊髓PRV"),
    "Bowel_Small": "SB",
    "Bowel_Large": "LB",
    "Bag_Bowel": "Peritoneal Cavity; Peritonealhöhle; Cavité péritonéale",
    "V_Portal": "PV",
    "Chestwall": "CW",
    "BileDuct_Common": "Bile_Duct; Gallengang; 胆管",
    "Gallbladder": "GB",
}

AMBIGUOUS = {  # the TG-263 names one reading stands for, the target type of the other, both in words
    "Liver GTV": (("Liver-GTV",), "GTV", "Liver-GTV, or a GTV in the liver"),
    "Liver CTV": (("Liver-CTV",), "CTV", "Liver-CTV, or a CTV in the liver"),
    "Normal Liver": (
        ("Liver-GTV", "Liver-CTV", "Liver-PTV"),
        "",
        "the liver without its GTV, its CTV or its PTV",
    ),
}
